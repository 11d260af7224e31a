// What people and admins choose, from the choice to what Slack shows: digests, quiet hours, workflows, templates; and
// why somebody was or was not told.
import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from '@jest/globals';
import { admin, idOf, installationId, publish, published, report, seenBy, stage, team } from './context.ts';
import { until } from '../until.ts';
import { preferences } from './call-preferences.ts';

const grace = { tenant: 'acme', sub: 'grace', roles: ['member'] } as const;
const owner = { tenant: 'acme', sub: 'olga', roles: ['owner'] } as const;
const toGrace = (over: object = {}): object => report({ to: [{ member: 'grace' }], ...over });
const decisionsOf = async (id: string) =>
  (
    await until('the decision', async () => {
      const timeline = await stage.timeline(idOf(id));
      return timeline && timeline.decisions.length > 0 && timeline;
    })
  ).decisions;

afterAll(async () => {
  await preferences(grace, 'PUT', 'members/me/preferences', {});
});

describe('a member', () => {
  test('who chose a daily digest gets a decision for it, with what is urgent told at once', async () => {
    const chosen = { timeZone: 'Europe/Paris', types: { 'report.ready': { cadence: 'daily', at: '08:00' } } };
    expect(await preferences(grace, 'PATCH', 'members/me/preferences', chosen)).toMatchObject({ status: 200 });
    const [digest] = await decisionsOf(await publish(toGrace()));
    expect(digest).toMatchObject({ mode: { kind: 'digest', timeZone: 'Europe/Paris' } });
    const urgent = randomUUID();
    await stage.product.publish([{ id: urgent, data: toGrace({ title: `Urgent ${urgent}`, priority: 'urgent' }) }]);
    await stage.ended([idOf(urgent)]);
    expect(await seenBy({ team: 'T0ACME', user: 'U0ACMEGRACE' }, urgent)).toBe(1);
  });

  test('who paused is not told, and learns why: what held then, and what holds now', async () => {
    const pausedUntil = new Date(Date.now() + 86_400_000).toISOString();
    await preferences(grace, 'PUT', 'members/me/preferences', { pausedUntil });
    const id = await publish(toGrace());
    expect((await decisionsOf(id))[0]).toMatchObject({ verdict: 'suppress' });
    await preferences(grace, 'PATCH', 'members/me/preferences', { pausedUntil: null });
    const why = await preferences(grace, 'GET', `notifications/${idOf(id)}/explain`);
    expect(why).toMatchObject({
      status: 200,
      body: {
        recipients: [
          {
            recipient: 'member:grace',
            then: {
              verdict: 'suppress',
              reasons: expect.arrayContaining([expect.objectContaining({ code: 'paused' })]),
            },
            now: { verdict: 'send' },
            changed: true,
          },
        ],
      },
    });
    const stranger = { tenant: 'acme', sub: 'alan', roles: ['member'] } as const;
    expect((await preferences(stranger, 'GET', `notifications/${idOf(id)}/explain`)).status).toBe(404);
  });
});

describe('a workflow', () => {
  test('tells a channel in its own words when the data fits, within a second of being saved', async () => {
    const made = await preferences<{ id: string }>(owner, 'POST', 'workflows', {
      name: `High scores ${randomUUID()}`,
      type: 'report.ready',
      when: 'has(data.score) && data.score >= 100',
      tell: [{ channel: 'C0IN', installation: installationId }],
      title: 'A high score',
    });
    expect(made.status).toBe(201);
    const high = randomUUID();
    const low = randomUUID();
    await stage.product.publish(
      [
        { id: high, score: 120 },
        { id: low, score: 80 },
      ].map(({ id, score }) => ({
        id,
        data: report({ to: [{ workflow: true }], body: `Score ${id}`, data: { score } }),
      })),
    );
    await stage.ended([idOf(high)]);
    const [told] = (await stage.slack.messages({ team, channel: 'C0IN' })).filter((message) =>
      JSON.stringify(message).includes(high),
    );
    expect(JSON.stringify(told)).toContain('A high score');
    await until('nobody to be told of the low score', () =>
      stage.outcomes.of(idOf(low)).some(({ outcome }) => outcome === 'suppressed'),
    );
    const nobody = await stage.timeline(idOf(low));
    const codes = ['no_workflow', 'nobody'].map((code): object => expect.objectContaining({ code }));
    expect(nobody).toMatchObject({ decisions: [], reasons: expect.arrayContaining(codes) });
    expect((await preferences(owner, 'DELETE', `workflows/${made.body.id}`)).status).toBeLessThan(300);
  });
});

test('who follows a topic is told of it in Slack, a channel too, and the timeline says why', async () => {
  const topic = `report:${randomUUID()}`;
  const followers = `topics/${encodeURIComponent(topic)}/followers`;
  expect((await preferences(grace, 'PUT', `${followers}/member/me`)).status).toBe(204);
  const channel = `${followers}/channel/C0IN`;
  expect((await preferences(owner, 'PUT', channel, { installation: installationId })).status).toBe(204);
  const id = randomUUID();
  await stage.product.publish([{ id, data: report({ to: [{ topic }], title: `New figures ${id}` }) }]);
  const timeline = await until('both to be decided', async () => {
    const found = await stage.timeline(idOf(id));
    return found?.decisions.length === 2 && found;
  });
  for (const { reasons } of timeline.decisions)
    expect(reasons).toContainEqual(expect.objectContaining({ code: 'follows', detail: topic }));
  await stage.ended([idOf(id)]);
  expect(await seenBy({ team: 'T0ACME', user: 'U0ACMEGRACE' }, id)).toBe(1);
  const posted = (await stage.slack.messages({ team, channel: 'C0IN' })).filter((message) =>
    JSON.stringify(message).includes(id),
  );
  expect(posted).toHaveLength(1);
  expect((await preferences(grace, 'DELETE', `${followers}/member/me`)).status).toBe(204);
  expect((await preferences(owner, 'DELETE', channel)).status).toBe(204);
});

test('an event that names only its type and data is written by the template of the type', async () => {
  const { body: type } = await preferences<{ example: { data: object } }>(admin, 'GET', 'types/meeting.analysis.ready');
  const id = randomUUID();
  await stage.product.publish([
    {
      id,
      data: { tenantId: 'acme', type: 'meeting.analysis.ready', to: [{ member: 'ada' }], data: type.example.data },
    },
  ]);
  await stage.ended([idOf(id)]);
  expect((await stage.timeline(idOf(id)))?.decisions[0]?.deliveries[0]).toMatchObject({ outcome: 'delivered' });
});

test('an event whose data does not fit its type is a dead letter that names the field', async () => {
  const { body: type } = await preferences<{ schema: { required: string[] } }>(
    admin,
    'GET',
    'types/meeting.analysis.ready',
  );
  const id = await publish({ tenantId: 'acme', type: 'meeting.analysis.ready', to: [{ member: 'ada' }], data: {} });
  await until('the outcome', () =>
    stage.outcomes.of(idOf(id)).some(({ outcome, reason }) => outcome === 'failed' && reason === 'invalid_payload'),
  );
  expect(type.schema.required.length).toBeGreaterThan(0);
});

test('a preference takes effect within a second, on every process', async () => {
  const changed = { types: { 'report.ready': { channels: [] } } };
  await preferences(grace, 'PUT', 'members/me/preferences', changed);
  const ids = await Promise.all(Array.from({ length: 12 }, () => publish(toGrace({ orderingKey: randomUUID() }))));
  for (const id of ids) expect((await decisionsOf(id))[0]).toMatchObject({ verdict: 'suppress' });
  await preferences(grace, 'PUT', 'members/me/preferences', {});
  await published(toGrace());
});
