// Requests to the followers of a topic, to a role and to everyone, with the whole service on a real broker and a real
// database.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { DecisionAsRead, NotificationRequest } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import pg from 'pg';
import { until } from '../testing/private-topics.ts';
import { requestOf, RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(90_000);

const preferences = new RunningPreferences();
const resolved = preferences.seen(preferences.topics.resolved);
const outcomes = preferences.seen(preferences.topics.outcome);
/** More than two pages. */
const members = 2_300;
let database: pg.Pool;

const memberOf = (n: number): string => `m${String(n).padStart(4, '0')}`;
const isActive = (n: number): boolean => n % 100 !== 0;
const isNurse = (n: number): boolean => n % 10 === 1;

beforeAll(async () => {
  await preferences.prepare();
  const version = Date.now();
  await preferences.publish(
    preferences.topics.recipients,
    Array.from({ length: members }, (_, n) => ({
      id: `r-${n}`,
      source: '/carillon/directory-sync',
      data: {
        ...{ tenantId: n === 7 ? 'globex' : 'acme', memberId: memberOf(n), email: `${memberOf(n)}@acme.test` },
        ...{ name: `Member ${n}`, active: isActive(n), links: [], version },
        ...(isNurse(n) && { roles: ['nurse', 'staff'] }),
      },
    })),
  );
  await preferences.start({ FAN_OUT_RECIPIENTS_PER_SECOND: '100000' });
  database = new pg.Pool({ connectionString: preferences.databaseUrl, max: 2 });
});
afterAll(async () => {
  await database?.end();
  await preferences.stop();
});

const follow = async (topic: string, kind: string, id: string, method = 'PUT'): Promise<number> => {
  const token = await preferences.issuer.token({ memberId: 'olga', roles: ['admin'], tenantId: 'acme' });
  const path = `/v1/topics/${encodeURIComponent(topic)}/followers/${kind}/${id}`;
  return (await preferences.service.request(method, path, { token })).status;
};

const ask = (id: string, given: Partial<NotificationRequest>): Promise<void> =>
  preferences.publish(preferences.topics.requested, [requestOf('acme', id, given)]);
const idOf = (id: string): string => notificationIdOf('acme', '/acme/reports', id);
const recordsOf = (id: string) => resolved.records.filter(({ data }) => data.notification.notificationId === idOf(id));
const decisionsOf = (id: string): DecisionAsRead[] => recordsOf(id).flatMap(({ data }) => data.decisions);

async function done(id: string): Promise<DecisionAsRead[]> {
  const { rows } = await until(`the fan-out of ${id} is done`, async () => {
    const found = await database.query<{ found: number }>(
      `SELECT (position->>'found')::int AS found FROM fan_out WHERE notification_id = $1 AND done_at IS NOT NULL`,
      [idOf(id)],
    );
    return found.rowCount === 1 && found;
  });
  const { found } = rows[0]!;
  await until(`all of ${id} are seen`, () => decisionsOf(id).length >= found && recordsOf(id).length > 0);
  return decisionsOf(id);
}
const recipients = (decisions: readonly DecisionAsRead[]): string[] =>
  decisions.map(({ recipient }) => recipient).sort();
const range = [...Array(members).keys()];
const ofAcme = (n: number): boolean => n !== 7 && isActive(n);

test('everyone: each active member of the tenant has one decision, whoever else is named too', async () => {
  await ask('all', {
    to: [
      { everyone: true },
      { member: memberOf(3) },
      { email: `${memberOf(4).toUpperCase()}@acme.test` },
      { role: 'nurse' },
    ],
  });
  const decisions = await done('all');
  expect(recipients(decisions)).toEqual(range.filter(ofAcme).map((n) => `member:${memberOf(n)}`));
  const reasonsOf = (n: number) =>
    decisions.find(({ recipient }) => recipient === `member:${memberOf(n)}`)!.reasons[0]!.code;
  expect([3, 4, 5].map(reasonsOf)).toEqual(['addressed', 'addressed', 'everyone']);
  // No record holds the whole audience.
  expect(Math.max(...recordsOf('all').map(({ data }) => data.decisions.length))).toBeLessThanOrEqual(500);
  expect(new Set(recordsOf('all').map(({ id }) => id)).size).toBe(recordsOf('all').length);
});

test('a role reaches those who have it now', async () => {
  await ask('role', { to: [{ role: 'nurse' }, { role: 'staff' }] });
  const decisions = await done('role');
  expect(recipients(decisions)).toEqual(
    range.filter((n) => ofAcme(n) && isNurse(n)).map((n) => `member:${memberOf(n)}`),
  );
  expect(decisions[0]!.reasons[0]).toEqual({ code: 'has_role', detail: 'nurse' });
});

test('a topic reaches the members and channels that follow it, once, also those who follow two of the topics', async () => {
  for (const id of [memberOf(1), memberOf(2), memberOf(100), 'stranger'])
    expect(await follow('report:42', 'member', id)).toBe(204);
  expect(await follow('report:42', 'channel', 'C042')).toBe(204);
  expect(await follow('report:43', 'member', memberOf(2))).toBe(204);
  expect(await follow('report:43', 'member', memberOf(5))).toBe(204);
  expect(await follow('report:43', 'member', memberOf(6))).toBe(204);
  expect(await follow('report:43', 'member', memberOf(6), 'DELETE')).toBe(204);
  await ask('topic', { to: [{ topic: 'report:42' }, { topic: 'report:43' }] });
  const decisions = await done('topic');
  expect(recipients(decisions)).toEqual(['channel:-:C042', ...[1, 2, 5].map((n) => `member:${memberOf(n)}`)]);
  expect(decisions.find(({ recipient }) => recipient === `member:${memberOf(1)}`)!.reasons[0]).toEqual({
    code: 'follows',
    detail: 'report:42',
  });
});

test('an audience of nobody ends as a record with that reason, and the same request again tells nobody twice', async () => {
  await ask('none', { to: [{ topic: 'nobody:1' }, { role: 'astronaut' }] });
  await done('none');
  await until('it is seen', () => recordsOf('none').length > 0);
  expect(recordsOf('none').map(({ data }) => data.reasons)).toEqual([[{ code: 'audience_empty' }]]);
  await ask('none', { to: [{ topic: 'nobody:1' }, { role: 'astronaut' }] });
  await ask('after', { to: [{ role: 'nurse' }] });
  await done('after');
  expect(recordsOf('none')).toHaveLength(1);
});

test('where those who are named are nobody, it is not said of all; where nobody is found either, both reasons are told', async () => {
  await ask('mixed', { to: [{ workflow: true }, { destination: 'gone' }, { role: 'nurse' }] });
  const decisions = await done('mixed');
  expect(decisions.length).toBeGreaterThan(100);
  expect(recordsOf('mixed').filter(({ data }) => data.decisions.length === 0)).toEqual([]);
  await ask('empty', { to: [{ destination: 'gone' }, { topic: 'nobody:1' }] });
  await done('empty');
  await until('it is seen', () => recordsOf('empty').length > 0);
  expect(recordsOf('empty').map(({ data }) => data.reasons?.map(({ code }) => code))).toEqual([
    ['unknown_destination', 'audience_empty'],
  ]);
});

test('what a workflow says to some is in the records of every page, whichever comes first', async () => {
  const token = await preferences.issuer.token({ memberId: 'olga', roles: ['owner'], tenantId: 'acme' });
  const workflow = {
    ...{ name: 'Own words', type: 'task.finished', tell: [{ email: 'boss@else.test' }], title: 'In other words' },
  };
  const made = await preferences.service.request('POST', '/v1/workflows', { token, body: workflow });
  await ask('words', { type: 'task.finished', to: [{ workflow: true }, { role: 'nurse' }] });
  await done('words');
  await until('both are seen', () =>
    decisionsOf('words').some(({ recipient }) => recipient === 'email:boss@else.test'),
  );
  const name = `workflow:${(made.body as { id: string }).id}`;
  expect(recordsOf('words').map(({ data }) => data.notification.variants?.[name]?.title)).toEqual(
    recordsOf('words').map(() => 'In other words'),
  );
});

test('a type that does not go to such an audience refuses it, by name of the field', async () => {
  await preferences.publish(preferences.topics.requested, [
    requestOf('acme', 'refused', { type: 'conversation.mention', to: [{ member: 'ada' }, { everyone: true }] }),
  ]);
  await until('it is refused', () =>
    outcomes.records.some(({ data }) => data.notification.id === 'refused' && data.reason === 'invalid_payload'),
  );
  expect(recordsOf('refused')).toEqual([]);
});

test('explain shows the first of an audience, and that there are more', async () => {
  const token = await preferences.issuer.token({ memberId: 'olga', roles: ['admin'], tenantId: 'acme' });
  const body = { type: 'report.ready', title: 'Hello', to: [{ everyone: true }, { member: memberOf(1) }] };
  const answer = await preferences.service.request('POST', '/v1/explain', { token, body });
  const { recipients: shown, more } = answer.body as { recipients: { reasons: { code: string }[] }[]; more: boolean };
  expect([answer.status, shown.length >= 50, more]).toEqual([200, true, true]);
  expect(shown.at(-1)!.reasons[0]!.code).toBe('everyone');
});
