// A sync whose process is killed goes on where it was, and ends as one that nothing disturbed.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@carillon/messaging/testing';
import { SyncStage } from '../testing/sync-stage.ts';
import { SyncWorker } from '../testing/sync-worker.ts';

const generate = { users: 5_000, channels: 1_500, emailDomain: 'large.test' };
const lists = ['users.list', 'conversations.list'];

describe('a sync whose process is killed', () => {
  let stage: SyncStage;
  let worker: SyncWorker | undefined;

  beforeAll(async () => {
    stage = await SyncStage.start();
    // Half of a page: more places to be killed at.
    await stage.slack.limits({ shortPages: 1, repeatedRows: 7 });
  });
  beforeEach(async () => {
    await stage.reset();
    await stage.directory.members(
      Array.from({ length: 290 }, (_, n) => ({ memberId: `m${n + 1}`, email: `person${n * 17 + 1}@large.test` })),
    );
  });
  afterEach(async () => {
    await worker?.kill();
    await stage.directory.close();
  });
  afterAll(() => stage?.stop());

  const calls = async (): Promise<number> => {
    const counts = await Promise.all(lists.map((method) => stage.slack.requests(stage.team, method)));
    return counts.reduce((sum, { ok }) => sum + ok, 0);
  };
  const startAndKillAt = async (pages: number): Promise<void> => {
    worker = new SyncWorker(stage.directory);
    await until(async () => {
      const sync = await stage.syncOf();
      return sync.pages >= pages || sync.state === 'done';
    }, 20_000);
    await worker.kill();
  };
  /** Slack refuses further calls, so that it is killed exactly there. */
  const startAndKillAfter = async (method: string, calls: number): Promise<void> => {
    await stage.slack.limits({ retryAfter: 60, methods: { [method]: calls } });
    worker = new SyncWorker(stage.directory);
    await until(async () => (await stage.slack.requests(stage.team, method)).rateLimited > 0, 20_000);
    await worker.kill();
    await stage.slack.limits({ retryAfter: 1, methods: { [method]: null } });
  };
  const known = async (): Promise<object[]> => {
    const tables = ['slack_user', 'channel', 'link', 'recipient'];
    const all = await Promise.all(
      tables.map((table) => stage.directory.pool.query<object>(`SELECT *, xmin::text FROM ${table} ORDER BY 1, 2, 3`)),
    );
    return all.flatMap(({ rows }) => rows);
  };
  const staged = async (): Promise<unknown> =>
    (
      await stage.directory.pool.query<{ n: number }>(
        `SELECT ((SELECT count(*) FROM staged_slack_user) + (SELECT count(*) FROM staged_channel)
                 + (SELECT count(*) FROM sync_position))::int AS n`,
      )
    ).rows[0]?.n;
  const isAsFresh = async (): Promise<void> => {
    const before = await known();
    expect(before.length).toBeGreaterThan(6_500);
    await stage.again();
    expect(await known()).toEqual(before);
    // After its end, beside everything else.
    await until(async () => (await staged()) === 0);
  };

  it('goes on at the page where it was, at any page, and ends as a fresh one', async () => {
    await stage.connect({ generate });
    const places = Array.from({ length: 4 }, () => 1 + Math.floor(Math.random() * 14)).sort((a, b) => a - b);
    for (const pages of places) await startAndKillAt(pages);
    worker = new SyncWorker(stage.directory);
    await stage.ended(20_000);
    const disturbed = await calls();
    expect(await stage.syncOf()).toMatchObject({ state: 'done', users_seen: 5_000, channels_seen: 1_500 });
    await isAsFresh();
    const fresh = (await calls()) - disturbed;
    expect({ places, more: disturbed - fresh <= places.length }).toEqual({ places, more: true });
  }, 60_000);

  it('starts the list over where Slack does not know the cursor any more', async () => {
    await stage.connect({ generate });
    await startAndKillAfter('users.list', 5);
    await stage.slack.faults([
      { method: 'users.list', team: stage.team, kind: 'error', value: 'invalid_cursor', count: 1 },
    ]);
    // Only the second list tells this.
    const [row] = (
      await stage.directory.pool.query<{ id: string }>('SELECT slack_user_id AS id FROM staged_slack_user')
    ).rows;
    await stage.slack.workspace({ id: stage.team, users: [{ id: row!.id, name: 'New Stranger', stranger: true }] });
    worker = new SyncWorker(stage.directory);
    await stage.ended(20_000);
    expect(await stage.syncOf()).toMatchObject({ state: 'done', users_seen: 4_999 });
    await isAsFresh();
  }, 60_000);

  it('starts from the beginning where the database server lost what was staged', async () => {
    await stage.connect({ generate });
    await startAndKillAfter('users.list', 5);
    await stage.directory.pool.query('TRUNCATE sync_position, staged_slack_user, staged_channel');
    worker = new SyncWorker(stage.directory);
    await stage.ended(20_000);
    expect(await stage.syncOf()).toMatchObject({ state: 'done', users_seen: 5_000, channels_seen: 1_500 });
    await isAsFresh();
  }, 60_000);

  it('does not bring back whom and what an event said is gone since the page was read', async () => {
    await stage.connect({ generate });
    await startAndKillAfter('conversations.list', 2);
    const { pool } = stage.directory;
    const { rows } = await pool.query<{ user: string; channel: string }>(
      `SELECT (SELECT slack_user_id FROM staged_slack_user LIMIT 1) AS user, (SELECT channel_id FROM staged_channel LIMIT 1) AS channel`,
    );
    const { user: id, channel } = rows[0]!;
    expect([typeof id, typeof channel]).toEqual(['string', 'string']);
    const event = (type: string, body: object) => ({
      ...{ teamId: stage.team, appId: 'A0SIMULATED', eventId: type, eventType: type },
      receivedAt: new Date().toISOString(),
      payload: { event: { type, event_ts: (Date.now() / 1_000).toFixed(6), ...body } },
    });
    await stage.directory.slackEvents([
      event('user_change', { user: { id, is_stranger: true } }),
      event('channel_deleted', { channel }),
    ]);
    worker = new SyncWorker(stage.directory);
    await stage.ended(20_000);
    const left = await pool.query(
      'SELECT FROM slack_user WHERE slack_user_id = $1 UNION ALL SELECT FROM channel WHERE channel_id = $2',
      [id, channel],
    );
    expect(left.rowCount).toBe(0);
    expect((await known()).length).toBeGreaterThan(6_500);
  }, 60_000);

  it('leaves nothing of it where its installation is deleted', async () => {
    await stage.connect({ generate });
    await startAndKillAfter('users.list', 5);
    expect(await staged()).not.toBe(0);
    await stage.directory.installationGone(stage.installation.installationId, 1_000_000);
    expect(await staged()).toBe(0);
  }, 60_000);
});
