// Many messages of one type in a short time: some, and one that counts the rest.
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { preferences } from './call-preferences.ts';
import { idOf, operator, stage, team } from './context.ts';

const owner = { tenant: 'acme', sub: 'olga', roles: ['owner'] } as const;

/** A type of its own: throttles count by type. */
async function declared(throttle: object): Promise<{ type: string; title: string }> {
  const name = `check.${randomUUID()}`;
  const title = `Check ${randomUUID()}`;
  const body = { name, title, category: 'checks', throttle };
  expect((await preferences(operator, 'PUT', `types/${name}`, body)).status).toBeLessThan(300);
  return { type: name, title };
}

async function publishMany(count: number, data: object): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await stage.product.publish(ids.map((id) => ({ id, data: { tenantId: 'acme', title: `About ${id}`, ...data } })));
  return ids;
}

test('of 20 messages under a throttle of 3 there are 3 in Slack, and one that ends at "and 17 more"', async () => {
  const { type, title } = await declared({ limit: 3, minutes: 10 });
  const request = { type, to: [{ member: 'one' }] };
  const ids = await publishMany(20, request);
  await stage.ended(ids.map(idOf));
  const shown = (await stage.slack.messages({ team, user: 'U0ONE' })).map((message) => JSON.stringify(message));
  expect(ids.filter((id) => shown.some((text) => text.includes(id)))).toHaveLength(3);
  const rolledUp = shown.filter((text) => text.includes(title));
  expect(rolledUp).toEqual([expect.stringContaining(`${title}: and 17 more`)]);

  const timelines = await Promise.all(ids.map((id) => stage.timeline(idOf(id))));
  const details = timelines.flatMap(
    (timeline) => timeline?.decisions[0]?.reasons.filter(({ code }) => code === 'rolled_up') ?? [],
  );
  expect(details.map(({ detail }) => detail).sort()).toEqual(
    Array.from({ length: 17 }, (_, n) => `and ${n + 1} more`).sort(),
  );
  const outcomes = ids.flatMap((id) => stage.outcomes.of(idOf(id)));
  expect(outcomes).toHaveLength(20);
  for (const one of outcomes)
    expect(one).toMatchObject(one.outcome === 'delivered' ? {} : { outcome: 'cancelled', reason: 'rolled_up' });

  const explained = await preferences<{ recipients: object[] }>(owner, 'POST', 'explain', {
    ...request,
    title: 'Next',
  });
  expect(explained).toMatchObject({ status: 200, body: { recipients: [{ rollUp: { more: 18 } }] } });
});
