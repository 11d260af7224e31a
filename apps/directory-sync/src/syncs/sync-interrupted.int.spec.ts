// A sync that is disturbed: by Slack, by its process, by other processes, or by changes while it runs.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { memberChanged } from '@carillon/domain';
import { batchOf, until } from '@carillon/messaging/testing';
import { linksIn, scopes, SyncStage } from '../testing/sync-stage.ts';
import { syncInstallation } from './sync-installation.ts';
import { SyncSession } from './sync-session.ts';
import { claimSync, endSync, requestSyncs } from './sync-table.ts';

describe('a sync', () => {
  let stage: SyncStage;

  beforeAll(async () => {
    stage = await SyncStage.start();
  });
  beforeEach(() => stage.reset());
  afterEach(() => stage.directory.close());
  afterAll(() => stage?.stop());

  it('waits for a token that is not to be had, and goes on when it is', async () => {
    await stage.directory.members([{ memberId: 'ada' }]);
    await stage.slack.workspace({
      id: stage.team,
      name: 'Acme',
      users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }],
    });
    await stage.directory.installation({ installationId: stage.installation.installationId, teamId: stage.team });
    stage.directory.runner();
    await until(async () => (await stage.syncOf()).error === 'token_unavailable');
    expect(await stage.syncOf()).toMatchObject({ state: 'waiting', attempt: 1 });
    stage.tokens.tokens.set(stage.installation.installationId, await stage.slack.install(stage.team, scopes));
    await stage.ended();
    expect(await stage.syncOf()).toMatchObject({ state: 'done', error: null });
  });

  it('passes through limits and stumbles', async () => {
    await stage.directory.members([{ memberId: 'ada' }]);
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }], generate: { users: 450 } });
    await stage.slack.faults([
      { method: 'users.list', team: stage.team, kind: 'rate_limit', value: 1, count: 1 },
      { method: 'users.list', team: stage.team, kind: 'http_500', count: 1 },
      { method: 'users.list', team: stage.team, kind: 'reset_before', count: 1 },
    ]);
    stage.directory.runner();
    await stage.ended();
    expect(await stage.syncOf()).toMatchObject({ state: 'done', attempt: 1, users_seen: 451 });
    expect(linksIn(await stage.directory.published())).toMatchObject({ ada: [{ status: 'matched' }] });
  });

  it('fails for good, and says why, when Slack refuses for good', async () => {
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    await stage.slack.faults([
      { method: 'users.list', team: stage.team, kind: 'error', value: 'account_inactive', count: 1 },
    ]);
    stage.directory.runner();
    await stage.ended();
    expect(await stage.syncOf()).toMatchObject({ state: 'failed', error: 'account_inactive' });
  });

  it('is run by one process only', async () => {
    await stage.connect({ generate: { users: 1_000 } });
    stage.directory.runner();
    stage.directory.runner();
    stage.directory.runner();
    await stage.ended();
    expect(await stage.syncOf()).toMatchObject({ state: 'done', attempt: 1 });
    expect((await stage.slack.requests(stage.team, 'users.list')).ok).toBe(
      (await stage.syncOf()).pages - (await stage.slack.requests(stage.team, 'conversations.list')).ok,
    );
  });

  it('whose process died is started over at once, long before its lease ends', async () => {
    await stage.directory.members([{ memberId: 'ada' }]);
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    const dying = await SyncSession.claim(stage.directory.pool, 3_600_000);
    dying!.close();
    stage.directory.runner();
    await stage.ended();
    expect(await stage.syncOf()).toMatchObject({ state: 'done', attempt: 2 });
  });

  it('whose process is frozen moves when the lease ends, and the frozen one can change nothing any more', async () => {
    await stage.directory.members([{ memberId: 'ada' }]);
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    const frozen = await SyncSession.claim(stage.directory.pool, 1_000);
    stage.directory.runner();
    await stage.ended();
    expect(await stage.syncOf()).toMatchObject({ state: 'done', attempt: 2 });
    await expect(frozen!.asOwner((client) => client.query('DELETE FROM slack_user'))).rejects.toMatchObject({
      code: 'sync_lost',
    });
    frozen!.close();
  });

  it('misses nobody who arrives or changes while it runs', async () => {
    const members = Array.from({ length: 900 }, (_, i) => ({
      memberId: `m-${i + 1}`,
      email: `person${i + 1}@busy.test`,
    }));
    await stage.directory.members(members.slice(0, 300).map((member) => ({ ...member, email: 'old@busy.test' })));
    await stage.connect({ generate: { users: 900, emailDomain: 'busy.test' } });
    stage.directory.runner();
    for (let from = 0; from < members.length; from += 30) await stage.directory.members(members.slice(from, from + 30));
    await stage.ended();
    const statuses = await stage.directory.pool.query('SELECT status, count(*)::int AS n FROM link GROUP BY status');
    expect(statuses.rows).toEqual([{ status: 'matched', n: 900 }]);
    const last = await stage.directory.published();
    expect([...last.values()].every((recipient) => recipient?.links[0]?.status === 'matched')).toBe(true);
    expect(last.size).toBe(900);
  });

  it('is followed by another one where what it lists changed while it ran, and by one only', async () => {
    const { pool } = stage.directory;
    const counted = async (): Promise<object> =>
      (
        await pool.query<{ states: object }>(
          `SELECT coalesce(jsonb_object_agg(state, n), '{}') AS states
             FROM (SELECT state, count(*)::int AS n FROM sync GROUP BY state) s`,
        )
      ).rows[0]!.states;
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    const session = await pool.connect();
    try {
      const first = (await claimSync(session, 60_000))!;
      const progress = { pages: 0, usersSeen: 0, channelsSeen: 0, linksChanged: 0 };
      await requestSyncs(pool, [stage.installation], 'requested');
      expect(await counted()).toEqual({ running: 1 });
      for (let n = 0; n < 3; n++) await requestSyncs(pool, [stage.installation], 'installed', true);
      await endSync(pool, first, progress, { state: 'done' });
      expect(await counted()).toEqual({ done: 1, waiting: 1 });
      const second = (await claimSync(session, 60_000))!;
      await endSync(pool, second, progress, { state: 'done' });
      expect(await counted()).toEqual({ done: 2 });
    } finally {
      await session.query('SELECT pg_advisory_unlock_all()');
      session.release();
    }
  });

  it('whose installation changed while it ran is tried at once when it cannot go on, and then waits as Slack says', async () => {
    const { pool } = stage.directory;
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    const session = await pool.connect();
    const progress = { pages: 0, usersSeen: 0, channelsSeen: 0, linksChanged: 0 };
    const isDue = async () =>
      (await pool.query<{ due: boolean }>('SELECT not_before <= now() AS due FROM sync')).rows.map(({ due }) => due);
    try {
      const first = (await claimSync(session, 60_000))!;
      await requestSyncs(pool, [stage.installation], 'installed', true);
      await endSync(pool, first, progress, { state: 'waiting', afterMs: 60_000 });
      expect(await isDue()).toEqual([true]);
      const second = (await claimSync(session, 60_000))!;
      await endSync(pool, second, progress, { state: 'waiting', afterMs: 60_000 });
      expect(await isDue()).toEqual([false]);
    } finally {
      await session.query('SELECT pg_advisory_unlock_all()');
      session.release();
    }
  });

  it('of a tenant with many workspaces leaves its turn to others', async () => {
    const { pool } = stage.directory;
    const add = (installationId: string, tenantId: string) =>
      stage.directory.installation({ installationId, tenantId, teamId: `T-${installationId}` });
    for (const id of ['a1', 'a2', 'a3']) await add(id, 'acme');
    await add('g1', 'globex');
    const sessions = await Promise.all(Array.from({ length: 4 }, () => pool.connect()));
    try {
      const claimed: (string | undefined)[] = [];
      for (const session of sessions) claimed.push((await claimSync(session, 60_000))?.installationId);
      expect(claimed).toEqual(['a1', 'g1', 'a2', undefined]);
    } finally {
      for (const session of sessions) {
        await session.query('SELECT pg_advisory_unlock_all()');
        session.release();
      }
    }
  });

  it('takes an answer without a list for no empty one', async () => {
    await stage.directory.members([{ memberId: 'ada' }]);
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    stage.directory.runner();
    await stage.ended();
    await requestSyncs(stage.directory.pool, [stage.installation], 'requested');
    const session = (await SyncSession.claim(stage.directory.pool, 60_000))!;
    try {
      const ports = {
        call: () => Promise.resolve({ ok: true as const, status: 200, latencyMs: 1, body: { ok: true as const } }),
        keep: () => Promise.resolve(),
        progress: { pages: 0, usersSeen: 0, channelsSeen: 0, linksChanged: 0 },
        ...{ pool: stage.directory.pool, signal: new AbortController().signal },
      };
      const installation = { teamId: stage.team, isEnterpriseInstall: false, teamIds: [], scopes: [] };
      await expect(syncInstallation(session, installation, ports)).rejects.toMatchObject({ code: 'no_list' });
    } finally {
      session.close();
    }
    expect((await stage.directory.pool.query('SELECT FROM slack_user')).rowCount).toBe(1);
  });

  it('ends when the installation is disconnected, whose links stay for a reconnect', async () => {
    await stage.directory.members([{ memberId: 'ada' }]);
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    stage.directory.runner();
    await stage.ended();
    await stage.directory.published();
    await requestSyncs(stage.directory.pool, [stage.installation], 'requested');
    await stage.directory.installation({
      installationId: stage.installation.installationId,
      teamId: stage.team,
      state: 'disconnected',
    });
    await stage.ended();
    expect(await stage.directory.published()).toEqual(new Map());
    await stage.directory.installation({ installationId: stage.installation.installationId, teamId: stage.team });
    await stage.ended();
    expect(await stage.syncOf()).toMatchObject({ state: 'done' });
    expect(await stage.directory.published()).toEqual(new Map());
  });

  it('is forgotten with everything it found when the installation is deleted', async () => {
    await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    await stage.connect({
      users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }],
      channels: [{ name: 'general' }],
    });
    stage.directory.runner();
    await stage.ended();
    await stage.directory.published();
    await stage.directory.installationGone(stage.installation.installationId, 1_000_000);
    expect(linksIn(await stage.directory.published())).toEqual({ ada: [], ben: [] });
    const left = await stage.directory.pool.query(
      'SELECT (SELECT count(*) FROM slack_user)::int + (SELECT count(*) FROM channel)::int + (SELECT count(*) FROM link)::int AS rows',
    );
    expect(left.rows).toEqual([{ rows: 0 }]);
    await stage.directory.installationGone(stage.installation.installationId, 1_000_000);
    expect(await stage.directory.published()).toEqual(new Map());
  });

  it('is not held up by a record under a foreign key', async () => {
    const batch = batchOf(memberChanged, [
      {
        id: '2',
        source: '/spec',
        key: 'acme:other',
        data: { tenantId: 'acme', memberId: 'wrong', email: 'wrong@acme.test', name: 'Wrong', active: true },
      },
      {
        id: '3',
        source: '/spec',
        data: { tenantId: 'acme', memberId: 'good', email: 'good@acme.test', name: 'Good', active: true },
      },
    ]);
    await stage.directory.replicas.members.handle(batch);
    expect(batch.rejected.map(({ code }) => code)).toEqual(['wrong_key']);
    expect([...(await stage.directory.published()).keys()]).toEqual(['acme:good']);
  });
});
