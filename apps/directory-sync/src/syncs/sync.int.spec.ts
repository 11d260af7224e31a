// Syncs and what follows from them, in PostgreSQL and against the stand-in for Slack.
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { linkByHand, unlink } from '../links/link-by-hand.ts';
import { linksIn, SyncStage } from '../testing/sync-stage.ts';

describe('a sync', () => {
  let stage: SyncStage;

  beforeAll(async () => {
    stage = await SyncStage.start();
  });
  beforeEach(() => stage.reset());
  afterEach(() => stage.directory.close());
  afterAll(() => stage?.stop());

  it('links members by e-mail and says why the others are not linked', async () => {
    await stage.directory.members([
      { memberId: 'ada', email: ' Ada@ACME.test'.trim() },
      { memberId: 'ben' },
      { memberId: 'cy' },
      { memberId: 'twin' },
      { memberId: 'robot' },
    ]);
    expect(linksIn(await stage.directory.published())).toEqual({ ada: [], ben: [], cy: [], twin: [], robot: [] });
    await stage.connect({
      users: [
        { id: 'U1', name: 'Ada', email: 'ada@acme.test' },
        { id: 'U2', name: 'Ben', email: 'ben@acme.test', deleted: true },
        { id: 'U3', name: 'Twin One', email: 'twin@acme.test' },
        { id: 'U4', name: 'Twin Two', email: 'twin@acme.test' },
        { id: 'U5', name: 'Robot', email: 'robot@acme.test', bot: true },
      ],
    });
    stage.directory.runner();
    await stage.ended();
    expect(linksIn(await stage.directory.published())).toEqual({
      ada: [{ status: 'matched', teamId: stage.team, slackUserId: 'U1' }],
      ben: [{ status: 'deactivated', teamId: stage.team, slackUserId: 'U2' }],
      cy: [{ status: 'unmatched' }],
      twin: [{ status: 'ambiguous' }],
      robot: [{ status: 'unmatched' }],
    });
    expect(await stage.syncOf()).toMatchObject({ state: 'done', links_changed: 5 });
  });

  it('that finds nothing new writes nothing and publishes nothing', async () => {
    await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    await stage.connect({
      users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }],
      channels: [{ name: 'general' }, { name: 'leads', private: true, members: ['bot'] }],
    });
    stage.directory.runner();
    await stage.ended();
    await stage.directory.published();
    const tables = ['slack_user', 'link', 'recipient', 'channel', 'member', 'installation'];
    const rows = async () => {
      const all = await Promise.all(
        tables.map((table) =>
          stage.directory.pool.query(
            `SELECT '${table}' AS name, ctid::text, xmin::text, xmax::text FROM ${table} ORDER BY ctid`,
          ),
        ),
      );
      return all.flatMap((result) => result.rows as object[]);
    };
    const before = await rows();
    expect(before.length).toBeGreaterThan(7);
    await stage.again();
    expect(await rows()).toEqual(before);
    expect(await stage.directory.published()).toEqual(new Map());
  });

  it('publishes only the members that changed', async () => {
    await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    await stage.connect({
      users: [
        { id: 'U1', name: 'Ada', email: 'ada@acme.test' },
        { id: 'U2', name: 'Ben', email: 'ben@acme.test' },
      ],
    });
    stage.directory.runner();
    await stage.ended();
    const first = await stage.directory.published();
    await stage.slack.workspace({
      id: stage.team,
      users: [{ id: 'U2', name: 'Ben', email: 'ben@acme.test', deleted: true }],
    });
    await stage.again();
    const second = await stage.directory.published();
    expect(linksIn(second)).toEqual({ ben: [{ status: 'deactivated', teamId: stage.team, slackUserId: 'U2' }] });
    expect(second.get('acme:ben')!.version).toBeGreaterThan(first.get('acme:ben')!.version);
  });

  it("never lists another tenant's workspace, whatever a record says whose it is", async () => {
    await stage.directory.members([{ memberId: 'ada' }]);
    await stage.directory.published();
    stage.tokens.tenants.set(stage.installation.installationId, 'globex');
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] });
    stage.directory.runner();
    await stage.ended();
    expect(await stage.syncOf()).toMatchObject({ state: 'failed', error: 'foreign_installation' });
    expect(await stage.directory.published()).toEqual(new Map());
    expect((await stage.directory.pool.query('SELECT FROM slack_user')).rowCount).toBe(0);
  });

  it('leaves what an admin decided alone', async () => {
    await stage.directory.members([{ memberId: 'ada' }, { memberId: 'ben' }]);
    await stage.connect({
      users: [
        { id: 'U1', name: 'Ada', email: 'ada@acme.test' },
        { id: 'U2', name: 'Ben', email: 'ben@acme.test' },
        { id: 'U9', name: 'Ada P.', email: 'private@home.test' },
      ],
    });
    stage.directory.runner();
    await stage.ended();
    await linkByHand(stage.directory.asAdmin, stage.installation, 'ada', { email: 'Private@home.test' });
    await unlink(stage.directory.asAdmin, stage.installation, 'ben');
    const audited = await stage.directory.pool.query(
      'SELECT action, actor_id, subject, detail FROM audit_entry ORDER BY seq',
    );
    expect(audited.rows).toEqual([
      {
        action: 'link.set',
        actor_id: 'root',
        subject: 'member:ada',
        detail: { installationId: stage.installation.installationId, how: 'admin', slackUserId: 'U9' },
      },
      {
        action: 'link.removed',
        actor_id: 'root',
        subject: 'member:ben',
        detail: { installationId: stage.installation.installationId, how: 'admin' },
      },
    ]);
    const decided = {
      ada: [{ status: 'manual', teamId: stage.team, slackUserId: 'U9' }],
      ben: [{ status: 'removed' }],
    };
    expect(linksIn(await stage.directory.published())).toEqual(decided);
    await stage.again();
    expect(await stage.directory.published()).toEqual(new Map());
    await stage.directory.members([
      { memberId: 'ada', name: 'Ada L.' },
      { memberId: 'ben', name: 'Ben B.' },
    ]);
    expect(linksIn(await stage.directory.published())).toEqual(decided);
    await expect(
      linkByHand(stage.directory.asAdmin, stage.installation, 'ada', { email: 'nobody@acme.test' }),
    ).rejects.toMatchObject({ status: 400, errors: [{ path: 'email' }] });
  });

  it('is not needed for members that come or change later', async () => {
    await stage.connect({
      users: [
        { id: 'U1', name: 'Ada', email: 'ada@acme.test' },
        { id: 'U2', name: 'Ben', email: 'ben@acme.test' },
      ],
    });
    stage.directory.runner();
    await stage.ended();
    const calls = await stage.slack.requests(stage.team, 'users.list');
    await stage.directory.members([{ memberId: 'new', email: 'ada@acme.test' }]);
    expect(linksIn(await stage.directory.published())).toEqual({
      new: [{ status: 'matched', teamId: stage.team, slackUserId: 'U1' }],
    });
    await stage.directory.members([{ memberId: 'new', email: 'ben@acme.test' }]);
    expect(linksIn(await stage.directory.published())).toEqual({
      new: [{ status: 'matched', teamId: stage.team, slackUserId: 'U2' }],
    });
    await stage.directory.memberGone('new');
    expect(linksIn(await stage.directory.published())).toEqual({ new: null });
    await stage.directory.memberGone('new');
    expect(await stage.directory.published()).toEqual(new Map());
    expect(await stage.slack.requests(stage.team, 'users.list')).toEqual(calls);
  });

  it('lists channels where scopes allow, without archived ones and without private ones the app is not in', async () => {
    await stage.connect({
      users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }],
      channels: [
        { id: 'C1', name: 'general' },
        { id: 'C2', name: 'old', archived: true },
        { id: 'C3', name: 'leads', private: true, members: ['bot'] },
        { id: 'C4', name: 'board', private: true, members: ['U1'] },
      ],
    });
    stage.directory.runner();
    await stage.ended();
    const channels = await stage.directory.pool.query(
      'SELECT channel_id AS id, name, private FROM channel ORDER BY channel_id',
    );
    expect(channels.rows).toEqual([
      { id: 'C1', name: 'general', private: false },
      { id: 'C3', name: 'leads', private: true },
    ]);
  });

  it('does without channels where no scope allows them', async () => {
    await stage.connect({ users: [{ id: 'U1', name: 'Ada', email: 'ada@acme.test' }] }, 'users:read,users:read.email');
    stage.directory.runner();
    await stage.ended();
    expect(await stage.syncOf()).toMatchObject({ state: 'done', users_seen: 1 });
    expect(await stage.slack.requests(stage.team, 'conversations.list')).toMatchObject({ ok: 0, errors: 0 });
  });
});
