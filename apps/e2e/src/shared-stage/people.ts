// People and channels as Slack tells of them: from what changes in Slack to who is told.
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { until } from '../until.ts';
import { idOf, installationId, publish, published, report, seenBy, stage, team } from './context.ts';

interface Listed<T> {
  items: T[];
}
interface Person {
  memberId: string;
  links: { installationId: string; status: string }[];
}

async function directory<T>(path: string, body?: object): Promise<T> {
  const token = await stage.playground.token({ tenant: 'acme', sub: 'olga', roles: ['owner'] });
  const answer = await fetch(`${stage.playground.service('directory-sync').url}/v1/${path}`, {
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { method: 'POST', body: JSON.stringify(body) }),
  });
  expect(answer.ok).toBe(true);
  return (await answer.json()) as T;
}

test('a person who joins in Slack is linked within seconds, and told; one who leaves is not', async () => {
  const memberId = `new-${randomUUID().slice(0, 8)}`;
  const email = `${memberId}@shared.test`;
  const statusOf = async (): Promise<string | undefined> => {
    const { items } = await directory<Listed<Person>>(`people?q=${memberId}`);
    return items[0]?.links.find((link) => link.installationId === installationId)?.status;
  };
  await stage.product.declareMembers([{ tenantId: 'acme', memberId, email, name: memberId, active: true }]);
  await until('the member to be known', async () => (await statusOf()) === 'unmatched');
  const begun = performance.now();
  const person = { id: `U0${memberId.slice(4).toUpperCase()}`, name: memberId, email };
  await stage.slack.workspace({ id: team, users: [person] });
  await until('the member to be linked', async () => (await statusOf()) === 'matched');
  const linkedInMs = performance.now() - begun;
  const id = await published(report({ to: [{ member: memberId }], title: `Welcome ${memberId}` }));
  expect(await seenBy({ team, user: person.id }, memberId)).toBe(1);
  expect((await stage.timeline(idOf(id)))?.decisions[0]).toMatchObject({ verdict: 'send' });
  await stage.slack.workspace({ id: team, users: [{ ...person, deleted: true }] });
  await until('the link to be deactivated', async () => (await statusOf()) === 'deactivated');
  console.log(`linked ${Math.round(linkedInMs)} ms after Slack had the person`);
});

test('a channel that is made, renamed and archived in Slack is so in the picker, and to who decides', async () => {
  const [first, second] = [`made-${randomUUID().slice(0, 8)}`, `named-${randomUUID().slice(0, 8)}`];
  const id = `C0${randomUUID().slice(0, 8).toUpperCase()}`;
  const found = (name: string) =>
    directory<Listed<{ id: string; name: string; member: boolean }>>(
      `channels?installation=${installationId}&q=${name}`,
    );
  await stage.slack.workspace({ id: team, channels: [{ id, name: first }] });
  await until('the channel to be listed', async () => (await found(first)).items.length === 1);
  expect((await found(first)).items[0]).toMatchObject({ id, member: false });
  await stage.slack.workspace({ id: team, channels: [{ id, name: second, members: ['bot'] }] });
  await until('its new name', async () => (await found(second)).items[0]?.member === true);
  expect((await found(first)).items).toEqual([]);
  /** The decision, once it is of the kind that is waited for. */
  const told = (channel: string, verdict: 'send' | 'suppress') =>
    until(`${channel} to be ${verdict}`, async () => {
      const event = await publish(report({ to: [{ channel, installation: installationId }], title: `To ${channel}` }));
      const decision = (await until('its timeline', () => stage.timeline(idOf(event)))).decisions[0];
      return decision?.verdict === verdict ? decision : undefined;
    });
  expect((await told(`#${second}`, 'send')).recipient).toBe(`channel:${team}:${id}`);
  await until('the message', async () => (await stage.slack.messages({ team, channel: id })).length > 0);
  const unknown = await told(first, 'suppress');
  expect(unknown.reasons.map(({ code }) => code)).toContain('unknown_channel');
  await stage.slack.workspace({ id: team, channels: [{ id, name: second, archived: true, members: ['bot'] }] });
  await until('its end', async () => (await found(second)).items.length === 0);
  for (const reference of [second, id])
    expect((await told(reference, 'suppress')).reasons).toContainEqual(
      expect.objectContaining({ code: 'channel_archived', detail: `#${second}` }),
    );
});

test('a saved destination is told by its id within seconds of being saved', async () => {
  const name = `Sales ${randomUUID()}`;
  const to = [{ channel: 'C0IN', installation: installationId }, { member: 'one' }];
  const { id: destination } = await directory<{ id: string }>('destinations', { name, to });
  const tell = async (): Promise<string | undefined> => {
    const id = await publish(report({ to: [{ destination }], title: `Deal ${randomUUID()}` }));
    const timeline = await until('its timeline', () => stage.timeline(idOf(id)));
    return timeline.decisions.length === 2 ? id : undefined;
  };
  const id = await until('the destination to be known', tell);
  for (const { reasons } of (await stage.timeline(idOf(id)))!.decisions)
    expect(reasons).toContainEqual(expect.objectContaining({ code: 'saved_destination', detail: name }));
  await stage.ended([idOf(id)]);
});
