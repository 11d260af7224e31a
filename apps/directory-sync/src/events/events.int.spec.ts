// What Slack's events change, in PostgreSQL and against the simulated Slack.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { SlackEvent } from '@carillon/domain';
import { until } from '@carillon/messaging/testing';
import fc from 'fast-check';
import { lockTenants } from '../links/relink.ts';
import { linksIn, SyncStage } from '../testing/sync-stage.ts';

let stage: SyncStage;
beforeAll(async () => {
  stage = await SyncStage.start();
});
beforeEach(() => stage.reset());
afterEach(() => stage.directory.close());
afterAll(() => stage?.stop());

const bot = 'U0THEBOT';

/** As slack-ingress publishes what Slack sent. */
function event(
  type: string,
  body: object,
  given: { at?: number; teamId?: string; enterpriseId?: string } = {},
): SlackEvent {
  const { at = Date.now(), teamId = stage.team, enterpriseId } = given;
  return {
    ...{ teamId, enterpriseId, appId: 'A0SIMULATED', eventId: `Ev${at}`, eventType: type },
    receivedAt: new Date(Math.max(at, Date.now())).toISOString(),
    payload: {
      event_time: Math.floor(at / 1_000),
      authorizations: [{ user_id: bot, is_bot: true }],
      event: { type, event_ts: (at / 1_000).toFixed(6), ...body },
    },
  };
}
const user = (id: string, email: string, given: object = {}): object => ({
  user: { id, team_id: stage.team, name: id, real_name: id, deleted: false, profile: { email }, ...given },
});
const tell = (...events: SlackEvent[]): Promise<void> => stage.directory.slackEvents(events);
const links = async () => linksIn(await stage.directory.published());

async function synced(workspace: Parameters<SyncStage['connect']>[0] = {}): Promise<void> {
  await stage.connect({
    users: [{ id: 'U0ADMIN', name: 'Admin', email: 'admin@else.test', admin: true }],
    ...workspace,
  });
  stage.directory.runner();
  await stage.ended();
  await stage.directory.published();
  // The lists hold since before: what the test tells next is newer.
  await stage.directory.pool.query('UPDATE sync SET users_from = 0, channels_from = 0');
}

describe('people', () => {
  test('a new one is linked, a changed address links another member, and a deactivated one comes back', async () => {
    await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    await synced();
    await tell(event('team_join', user('U1', 'Ada@acme.test')));
    const matched = { status: 'matched', teamId: stage.team, slackUserId: 'U1' };
    expect(await links()).toEqual({ ada: [matched] });
    await tell(event('user_change', user('U1', 'ben@acme.test')));
    expect(await links()).toEqual({ ada: [{ status: 'unmatched' }], ben: [matched] });
    await tell(event('user_change', user('U1', 'ben@acme.test', { deleted: true })));
    expect(await links()).toEqual({ ben: [{ ...matched, status: 'deactivated' }] });
    await tell(event('user_change', user('U1', 'ben@acme.test')));
    expect(await links()).toEqual({ ben: [matched] });
  });

  test('bots and strangers are not linked, and a second user with an address makes it ambiguous', async () => {
    await stage.directory.members([{ memberId: 'ada' }]);
    await synced();
    await tell(
      event('team_join', user('U1', 'ada@acme.test', { is_bot: true })),
      event('team_join', user('U2', 'ada@acme.test', { is_stranger: true })),
      event('team_join', user('U5', 'ada@acme.test', { team_id: 'T0ELSEWHERE' })),
    );
    expect(await links()).toEqual({});
    await tell(event('team_join', user('U3', 'ada@acme.test')), event('team_join', user('U4', 'ada@acme.test')));
    expect(await links()).toEqual({ ada: [{ status: 'ambiguous' }] });
    await tell(event('user_change', user('U4', 'ada@acme.test', { is_stranger: true })));
    expect(await links()).toEqual({ ada: [{ status: 'matched', teamId: stage.team, slackUserId: 'U3' }] });
  });

  test('what was told in any order, and again, ends as if it had been told in order, once', async () => {
    await synced();
    const { pool } = stage.directory;
    const said = fc.record({
      id: fc.constantFrom('U1', 'U2'),
      email: fc.constantFrom('a@acme.test', 'b@acme.test', ''),
      deleted: fc.boolean(),
    });
    const told = async (events: readonly SlackEvent[]): Promise<object[]> => {
      await pool.query('DELETE FROM slack_user');
      for (const one of events) await tell(one);
      const { rows } = await pool.query<object>('SELECT * FROM slack_user ORDER BY slack_user_id');
      return rows;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(said, { minLength: 1, maxLength: 5 }),
        fc.array(fc.nat(), { minLength: 9, maxLength: 9 }),
        async (changes, picks) => {
          const begin = Date.now() - 60_000;
          const inOrder = changes.map(({ id, email, ...given }, n) =>
            event('user_change', user(id, email, given), { at: begin + n * 1_000 }),
          );
          const repeated = [...inOrder, ...picks.slice(0, 4).map((pick) => inOrder[pick % inOrder.length]!)];
          const shuffled = repeated
            .map((one, at) => ({ one, key: picks[at]! }))
            .sort((a, b) => a.key - b.key)
            .map(({ one }) => one);
          expect(await told(shuffled)).toEqual(await told(inOrder));
        },
      ),
      { numRuns: 25 },
    );
  });

  test('a list that was read before does not undo an event, nor does a late event undo a list', async () => {
    await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }, { memberId: 'cy' }]);
    await stage.connect({
      users: [
        { id: 'U1', name: 'Ada', email: 'old@acme.test' },
        { id: 'U3', name: 'Cy', email: 'cy@acme.test' },
      ],
    });
    const minuteAgo = Date.now() - 60_000;
    await tell(event('user_change', user('U1', 'ada@acme.test')), event('team_join', user('U2', 'ben@acme.test')));
    stage.directory.runner();
    await stage.ended();
    const matched = (slackUserId: string) => [{ status: 'matched', teamId: stage.team, slackUserId }];
    expect(await links()).toEqual({ ada: matched('U1'), ben: matched('U2'), cy: matched('U3') });
    await tell(event('user_change', user('U3', 'gone@acme.test'), { at: minuteAgo }));
    expect(await links()).toEqual({});
  });

  test('events of other workspaces and of tenants with none change nothing', async () => {
    await stage.directory.members([{ memberId: 'ada' }]);
    await synced();
    await tell(event('team_join', user('U1', 'ada@acme.test'), { teamId: 'T0OTHER' }));
    expect(await links()).toEqual({});
  });
});

describe('an organisation', () => {
  test('is told of the people of the workspaces that it covers, and of no others', async () => {
    await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    const { installationId } = stage.installation;
    await stage.directory.installation({
      ...{ installationId, teamId: undefined, enterpriseId: 'E1', isEnterpriseInstall: true, teamIds: ['T1', 'T2'] },
    });
    await stage.directory.pool.query('UPDATE installation SET listed_at = now()');
    const ofOrg = (...teams: string[]): object => ({ enterprise_user: { enterprise_id: 'E1', teams } });
    await tell(
      event('team_join', user('U1', 'ada@acme.test', ofOrg('T1', 'T2')), { teamId: 'T2', enterpriseId: 'E1' }),
      event('team_join', user('U1', 'ada@acme.test', ofOrg('T1', 'T2')), { teamId: 'T1', enterpriseId: 'E1' }),
      event('team_join', user('U2', 'ben@acme.test', ofOrg('T3')), { teamId: 'T3', enterpriseId: 'E1' }),
      // Somebody of another company in a shared channel.
      event('team_join', user('U3', 'ben@acme.test'), { teamId: 'T1', enterpriseId: 'E1' }),
    );
    expect(await links()).toEqual({ ada: [{ status: 'matched', teamId: 'T1', slackUserId: 'U1' }], ben: [] });
  });
});

describe('channels', () => {
  const channels = async () => {
    const { rows } = await stage.directory.pool.query<object>(
      'SELECT channel_id AS id, name, private, archived, member FROM channel ORDER BY channel_id',
    );
    return rows;
  };
  const asked = () =>
    until(async () => (await stage.directory.pool.query('SELECT FROM channel_question')).rowCount === 0, 15_000);

  test('are known from their creation to their end', async () => {
    await synced();
    const base = { id: 'C1', private: false, archived: false, member: false };
    await tell(event('channel_created', { channel: { id: 'C1', name: 'news' } }));
    expect(await channels()).toEqual([{ ...base, name: 'news' }]);
    await tell(
      event('channel_rename', { channel: { id: 'C1', name: 'latest' } }),
      event('member_joined_channel', { user: bot, channel: 'C1', channel_type: 'C' }),
      event('member_joined_channel', { user: 'U1', channel: 'C1', channel_type: 'C' }),
      event('channel_archive', { channel: 'C1', user: 'U1' }),
    );
    expect(await channels()).toEqual([{ ...base, name: 'latest', archived: true, member: true }]);
    await tell(event('channel_unarchive', { channel: 'C1' }), event('channel_left', { channel: 'C1' }));
    expect(await channels()).toEqual([{ ...base, name: 'latest' }]);
    await tell(event('channel_deleted', { channel: 'C1' }));
    expect(await channels()).toEqual([]);
  });

  test('of which an event says too little are asked about; what the app does not see is not kept', async () => {
    await synced({ channels: [{ id: 'C1', name: 'general', members: ['bot'] }] });
    await stage.slack.workspace({
      id: stage.team,
      channels: [
        { id: 'C2', name: 'leads', private: true, members: ['bot'] },
        { id: 'C3', name: 'secret', private: true, members: [] },
        { id: 'C4', name: 'found', members: [] },
      ],
    });
    await tell(
      event('member_joined_channel', { user: bot, channel: 'C2', channel_type: 'G' }),
      event('member_joined_channel', { user: bot, channel: 'C3', channel_type: 'G' }),
      event('channel_unarchive', { channel: 'C4' }),
      event('channel_unarchive', { channel: 'C9' }),
      // Out of order: Slack's answer counts.
      event('channel_rename', { channel: { id: 'C1', name: 'never' } }, { at: 1 }),
    );
    await asked();
    expect(await channels()).toEqual([
      { id: 'C1', name: 'general', private: false, archived: false, member: true },
      { id: 'C2', name: 'leads', private: true, archived: false, member: true },
      { id: 'C4', name: 'found', private: false, archived: false, member: false },
    ]);
    await tell(
      event('group_left', { channel: 'C2' }),
      event('member_left_channel', { user: bot, channel: 'C1', channel_type: 'C' }),
    );
    expect(await channels()).toMatchObject([{ id: 'C1', member: false }, { id: 'C4' }]);
  });

  test('a channel that Slack fails to show is asked about again', async () => {
    await synced({ channels: [{ id: 'C1', name: 'general' }] });
    await stage.directory.pool.query('DELETE FROM channel');
    await stage.slack.faults([
      { method: 'conversations.info', team: stage.team, kind: 'rate_limit', value: 1, count: 1 },
    ]);
    await tell(event('channel_unarchive', { channel: 'C1' }));
    await asked();
    expect(await channels()).toMatchObject([{ id: 'C1', name: 'general' }]);
  });
});

test('of an installation that is deleted while its events wait, nothing is stored', async () => {
  await synced();
  const { pool } = stage.directory;
  const deleting = await pool.connect();
  try {
    await deleting.query('BEGIN');
    await lockTenants(deleting, ['acme']);
    const told = tell(event('team_join', user('U9', 'late@acme.test')));
    await until(
      async () => (await pool.query(`SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)).rowCount === 1,
    );
    await deleting.query('UPDATE installation SET deleted = true');
    await deleting.query('COMMIT');
    await told;
  } finally {
    deleting.release();
  }
  expect((await pool.query(`SELECT FROM slack_user WHERE slack_user_id = 'U9'`)).rowCount).toBe(0);
});

test('a channel whose creation is told after its end is asked about, and not kept', async () => {
  await synced();
  const { pool } = stage.directory;
  const at = Date.now() - 2_000;
  const made = event('channel_created', { channel: { id: 'C0GHOST', name: 'ghost' } }, { at });
  await tell(made);
  await tell(event('channel_deleted', { channel: 'C0GHOST' }, { at: at + 1_000 }));
  await tell(made);
  const stored = async () => (await pool.query(`SELECT FROM channel WHERE channel_id = 'C0GHOST'`)).rowCount;
  expect(await stored()).toBe(1);
  await pool.query('UPDATE channel_question SET not_before = now()');
  await until(async () => (await stored()) === 0);
});

test('what is no valid event changes nothing', async () => {
  await synced();
  const hostile: unknown[] = [
    null,
    7,
    [],
    {},
    { id: '' },
    { id: 7 },
    { id: 'x'.repeat(101) },
    '',
    { id: 'C1', name: 7 },
  ];
  const events = ['team_join', 'user_change', 'channel_created', 'channel_rename', 'channel_archive'].flatMap((type) =>
    hostile.map((value) => event(type, { user: value, channel: value })),
  );
  await tell(
    ...events,
    { ...event('team_join', {}), payload: { event: 'x' } },
    event('__proto__', {}),
    event('constructor', {}),
  );
  const { rows } = await stage.directory.pool.query<object>(
    'SELECT slack_user_id AS id FROM slack_user UNION ALL SELECT channel_id FROM channel',
  );
  expect(rows).toEqual([{ id: 'U0ADMIN' }]);
});
