// Syncs and what follows from them, in PostgreSQL and against the stand-in for Slack.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { batchOf, until } from '@carillon/messaging/testing';
import { testIssuer, type TestIssuer } from '@carillon/runtime/testing';
import { memberChanged, type Link } from '@carillon/domain';
import { linkByHand, unlink } from '../links/people.ts';
import { testDirectory, type Directory } from '../testing/directory.ts';
import { SlackSimulator } from '@carillon/slack-testing';
import { tokenService, type TokenService } from '../testing/token-service.ts';
import { SyncSession } from './sync-session.ts';
import { requestSyncs } from './sync-table.ts';

const scopes = 'users:read,users:read.email,channels:read,groups:read';
const unlimited = { methods: { '*': null }, retryAfter: 1 };
let teams = 0;

describe('a sync', () => {
  let slack: SlackSimulator;
  let issuer: TestIssuer;
  let tokens: TokenService;
  let directory: Directory;
  let team: string;
  let installation: { installationId: string; tenantId: string; state: string; listed: boolean };

  beforeAll(async () => {
    [slack, issuer, tokens] = await Promise.all([SlackSimulator.start(), testIssuer(), tokenService()]);
    await slack.limits(unlimited);
  });
  afterAll(async () => {
    slack.stop();
    await Promise.all([issuer.close(), tokens.close()]);
  });
  beforeEach(async () => {
    directory = await testDirectory({ slack: slack.url, installation: tokens.url, token: issuer.tokenUrl });
    team = `T0SPEC${(teams += 1)}`;
    installation = { installationId: randomUUID(), tenantId: 'acme', state: 'active', listed: true };
  });
  afterEach(() => directory.close());

  const connect = async (workspace: { users?: object[]; channels?: object[]; generate?: object }, granted = scopes) => {
    await slack.workspace({ id: team, name: 'Acme', ...workspace });
    tokens.tokens.set(installation.installationId, await slack.install(team, granted));
    await directory.installation({
      installationId: installation.installationId,
      teamId: team,
      scopes: granted.split(','),
    });
  };
  const syncOf = async () => {
    const found = await directory.pool.query<{
      state: string;
      error: string | null;
      links_changed: number;
      users_seen: number;
      pages: number;
      attempt: number;
    }>('SELECT * FROM sync WHERE installation_id = $1 ORDER BY created_at DESC LIMIT 1', [installation.installationId]);
    return found.rows[0]!;
  };
  const ended = (ms?: number) => until(async () => ['done', 'failed'].includes((await syncOf()).state), ms);
  const again = async () => {
    await requestSyncs(directory.pool, [installation], 'requested');
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'done' });
  };
  const linksIn = (published: Awaited<ReturnType<Directory['published']>>) =>
    Object.fromEntries(
      [...published].map(([key, recipient]) => [
        key.replace('acme:', ''),
        recipient && recipient.links.map(({ installationId: _, ...link }: Link) => link),
      ]),
    );

  it('links members by e-mail and says why the others are not linked', async () => {
    await directory.members([
      { memberId: 'ada', email: ' Ada@ACME.test'.trim() },
      { memberId: 'ben' },
      { memberId: 'cy' },
      { memberId: 'twin' },
      { memberId: 'robot' },
    ]);
    expect(linksIn(await directory.published())).toEqual({ ada: [], ben: [], cy: [], twin: [], robot: [] });
    await connect({
      users: [
        { id: 'U1', name: 'Ada', email: 'ada@acme.test' },
        { id: 'U2', name: 'Ben', email: 'ben@acme.test', deleted: true },
        { id: 'U3', name: 'Twin One', email: 'twin@acme.test' },
        { id: 'U4', name: 'Twin Two', email: 'twin@acme.test' },
        { id: 'U5', name: 'Robot', email: 'robot@acme.test', bot: true },
      ],
    });
    directory.runner();
    await ended();
    expect(linksIn(await directory.published())).toEqual({
      ada: [{ status: 'matched', teamId: team, slackUserId: 'U1' }],
      ben: [{ status: 'deactivated', teamId: team, slackUserId: 'U2' }],
      cy: [{ status: 'unmatched' }],
      twin: [{ status: 'ambiguous' }],
      robot: [{ status: 'unmatched' }],
    });
    expect(await syncOf()).toMatchObject({ state: 'done', links_changed: 5 });
  });

  it('that finds nothing new writes nothing and publishes nothing', async () => {
    await directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    await connect({
      users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }],
      channels: [{ name: 'general' }, { name: 'leads', private: true, members: ['bot'] }],
    });
    directory.runner();
    await ended();
    await directory.published();
    const tables = ['slack_user', 'link', 'recipient', 'channel', 'member', 'installation'];
    const rows = async () => {
      const all = await Promise.all(
        tables.map((table) =>
          directory.pool.query(
            `SELECT '${table}' AS name, ctid::text, xmin::text, xmax::text FROM ${table} ORDER BY ctid`,
          ),
        ),
      );
      return all.flatMap((result) => result.rows as object[]);
    };
    const before = await rows();
    expect(before.length).toBeGreaterThan(7);
    await again();
    expect(await rows()).toEqual(before);
    expect(await directory.published()).toEqual(new Map());
  });

  it('publishes only the members that changed', async () => {
    await directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    await connect({
      users: [
        { id: 'U1', name: 'Ada', email: 'ada@acme.test' },
        { id: 'U2', name: 'Ben', email: 'ben@acme.test' },
      ],
    });
    directory.runner();
    await ended();
    const first = await directory.published();
    await slack.workspace({ id: team, users: [{ id: 'U2', name: 'Ben', email: 'ben@acme.test', deleted: true }] });
    await again();
    const second = await directory.published();
    expect(linksIn(second)).toEqual({ ben: [{ status: 'deactivated', teamId: team, slackUserId: 'U2' }] });
    expect(second.get('acme:ben')!.version).toBeGreaterThan(first.get('acme:ben')!.version);
  });

  it("never lists another tenant's workspace, whatever a record says whose it is", async () => {
    await directory.members([{ memberId: 'ada' }]);
    await directory.published();
    tokens.tenants.set(installation.installationId, 'globex');
    await connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    directory.runner();
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'failed', error: 'foreign_installation' });
    expect(await directory.published()).toEqual(new Map());
    expect((await directory.pool.query('SELECT FROM slack_user')).rowCount).toBe(0);
  });

  it('leaves what an admin decided alone', async () => {
    await directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    await connect({
      users: [
        { id: 'U1', name: 'Ada', email: 'ada@acme.test' },
        { id: 'U2', name: 'Ben', email: 'ben@acme.test' },
        { id: 'U9', name: 'Ada P.', email: 'private@home.test' },
      ],
    });
    directory.runner();
    await ended();
    await linkByHand(directory.asAdmin, installation, 'ada', { email: 'Private@home.test' });
    await unlink(directory.asAdmin, installation, 'ben');
    const audited = await directory.pool.query(
      'SELECT action, actor_id, subject, detail FROM audit_entry ORDER BY seq',
    );
    expect(audited.rows).toEqual([
      {
        action: 'link.set',
        actor_id: 'root',
        subject: 'member:ada',
        detail: { installationId: installation.installationId, slackUserId: 'U9' },
      },
      {
        action: 'link.removed',
        actor_id: 'root',
        subject: 'member:ben',
        detail: { installationId: installation.installationId },
      },
    ]);
    const decided = { ada: [{ status: 'manual', teamId: team, slackUserId: 'U9' }], ben: [{ status: 'removed' }] };
    expect(linksIn(await directory.published())).toEqual(decided);
    await again();
    expect(await directory.published()).toEqual(new Map());
    await directory.members([
      { memberId: 'ada', name: 'Ada L.' },
      { memberId: 'ben', name: 'Ben B.' },
    ]);
    expect(linksIn(await directory.published())).toEqual(decided);
    await expect(
      linkByHand(directory.asAdmin, installation, 'ada', { email: 'nobody@acme.test' }),
    ).rejects.toMatchObject({ status: 400, errors: [{ path: 'email' }] });
  });

  it('is not needed for members that come or change later', async () => {
    await connect({
      users: [
        { id: 'U1', name: 'Ada', email: 'ada@acme.test' },
        { id: 'U2', name: 'Ben', email: 'ben@acme.test' },
      ],
    });
    directory.runner();
    await ended();
    const calls = await slack.requests(team, 'users.list');
    await directory.members([{ memberId: 'new', email: 'ada@acme.test' }]);
    expect(linksIn(await directory.published())).toEqual({
      new: [{ status: 'matched', teamId: team, slackUserId: 'U1' }],
    });
    await directory.members([{ memberId: 'new', email: 'ben@acme.test' }]);
    expect(linksIn(await directory.published())).toEqual({
      new: [{ status: 'matched', teamId: team, slackUserId: 'U2' }],
    });
    await directory.memberGone('new');
    expect(linksIn(await directory.published())).toEqual({ new: null });
    await directory.memberGone('new');
    expect(await directory.published()).toEqual(new Map());
    expect(await slack.requests(team, 'users.list')).toEqual(calls);
  });

  it('lists channels where scopes allow, without archived ones and without private ones the app is not in', async () => {
    await connect({
      users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }],
      channels: [
        { id: 'C1', name: 'general' },
        { id: 'C2', name: 'old', archived: true },
        { id: 'C3', name: 'leads', private: true, members: ['bot'] },
        { id: 'C4', name: 'board', private: true, members: ['U1'] },
      ],
    });
    directory.runner();
    await ended();
    const channels = await directory.pool.query(
      'SELECT channel_id AS id, name, private FROM channel ORDER BY channel_id',
    );
    expect(channels.rows).toEqual([
      { id: 'C1', name: 'general', private: false },
      { id: 'C3', name: 'leads', private: true },
    ]);
  });

  it('does without channels where no scope allows them', async () => {
    await connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] }, 'users:read,users:read.email');
    directory.runner();
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'done', users_seen: 1 });
    expect(await slack.requests(team, 'conversations.list')).toMatchObject({ ok: 0, errors: 0 });
  });

  it('waits for a token that is not to be had, and goes on when it is', async () => {
    await directory.members([{ memberId: 'ada' }]);
    await slack.workspace({ id: team, name: 'Acme', users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    await directory.installation({ installationId: installation.installationId, teamId: team });
    directory.runner();
    await until(async () => (await syncOf()).error === 'token_unavailable');
    expect(await syncOf()).toMatchObject({ state: 'waiting', attempt: 1 });
    tokens.tokens.set(installation.installationId, await slack.install(team, scopes));
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'done', error: null });
  });

  it('passes through limits and stumbles', async () => {
    await directory.members([{ memberId: 'ada' }]);
    await connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }], generate: { users: 450 } });
    await slack.faults([
      { method: 'users.list', team, kind: 'rate_limit', value: 1, count: 1 },
      { method: 'users.list', team, kind: 'http_500', count: 1 },
      { method: 'users.list', team, kind: 'reset_before', count: 1 },
    ]);
    directory.runner();
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'done', attempt: 1, users_seen: 451 });
    expect(linksIn(await directory.published())).toMatchObject({ ada: [{ status: 'matched' }] });
  });

  it('fails for good, and says why, when Slack refuses for good', async () => {
    await connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    await slack.faults([{ method: 'users.list', team, kind: 'error', value: 'account_inactive', count: 1 }]);
    directory.runner();
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'failed', error: 'account_inactive' });
  });

  it('is run by one process only', async () => {
    await connect({ generate: { users: 1_000 } });
    directory.runner();
    directory.runner();
    directory.runner();
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'done', attempt: 1 });
    expect((await slack.requests(team, 'users.list')).ok).toBe(
      (await syncOf()).pages - (await slack.requests(team, 'conversations.list')).ok,
    );
  });

  it('whose process died is started over at once, long before its lease ends', async () => {
    await directory.members([{ memberId: 'ada' }]);
    await connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    const dying = await SyncSession.claim(directory.pool, 3_600_000);
    dying!.close();
    directory.runner();
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'done', attempt: 2 });
  });

  it('whose process is frozen moves when the lease ends, and the frozen one can change nothing any more', async () => {
    await directory.members([{ memberId: 'ada' }]);
    await connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    const frozen = await SyncSession.claim(directory.pool, 1_000);
    directory.runner();
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'done', attempt: 2 });
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
    await directory.members(members.slice(0, 300).map((member) => ({ ...member, email: 'old@busy.test' })));
    await connect({ generate: { users: 900, emailDomain: 'busy.test' } });
    directory.runner();
    for (let from = 0; from < members.length; from += 30) await directory.members(members.slice(from, from + 30));
    await ended();
    const statuses = await directory.pool.query('SELECT status, count(*)::int AS n FROM link GROUP BY status');
    expect(statuses.rows).toEqual([{ status: 'matched', n: 900 }]);
    const last = await directory.published();
    expect([...last.values()].every((recipient) => recipient?.links[0]?.status === 'matched')).toBe(true);
    expect(last.size).toBe(900);
  });

  it('ends when the installation is disconnected, whose links stay for a reconnect', async () => {
    await directory.members([{ memberId: 'ada' }]);
    await connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    directory.runner();
    await ended();
    await directory.published();
    await requestSyncs(directory.pool, [installation], 'requested');
    await directory.installation({ installationId: installation.installationId, teamId: team, state: 'disconnected' });
    await ended();
    expect(await directory.published()).toEqual(new Map());
    await directory.installation({ installationId: installation.installationId, teamId: team });
    await ended();
    expect(await syncOf()).toMatchObject({ state: 'done' });
    expect(await directory.published()).toEqual(new Map());
  });

  it('is forgotten with everything it found when the installation is deleted', async () => {
    await directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    await connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }], channels: [{ name: 'general' }] });
    directory.runner();
    await ended();
    await directory.published();
    await directory.installationGone(installation.installationId, 1_000_000);
    expect(linksIn(await directory.published())).toEqual({ ada: [], ben: [] });
    const left = await directory.pool.query(
      'SELECT (SELECT count(*) FROM slack_user)::int + (SELECT count(*) FROM channel)::int + (SELECT count(*) FROM link)::int AS rows',
    );
    expect(left.rows).toEqual([{ rows: 0 }]);
    await directory.installationGone(installation.installationId, 1_000_000);
    expect(await directory.published()).toEqual(new Map());
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
    await directory.replicas.members.handle(batch);
    expect(batch.rejected.map(({ code }) => code)).toEqual(['wrong_key']);
    expect([...(await directory.published()).keys()]).toEqual(['acme:good']);
  });
});
