// What happens to an installation after it was connected, on purpose or on Slack's side: the real service, PostgreSQL
// and Kafka, and the simulated Slack.
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { slackEvent, type AuditEntry } from '@carillon/domain';
import { Publisher } from '@carillon/messaging';
import { until } from '@carillon/messaging/testing';
import { AuditLog, DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import { Browser } from '../testing/browser.ts';
import { startInstallationService, type RunningInstallationService } from '../testing/running-service.ts';
import { countInstallationStates } from './installation-metrics.ts';
import type { InstallationView } from './installation-view.ts';

interface Issue {
  tokens: { installationId: string; teamId: string; token: string; expiresAt?: string }[];
  unavailable: { installationId: string; reason: string }[];
}

let running: RunningInstallationService;
let workspaces = 0;
let team: string;
let id: string;
/** Every token the service ever handed out. */
const seen: string[] = [];

beforeAll(async () => {
  running = await startInstallationService();
}, 60_000);
afterAll(() => running?.stop());
beforeEach(async () => {
  await running.slack.control('DELETE', 'faults');
  team = await aWorkspace();
  id = await connected();
});

async function aWorkspace(over: object = {}): Promise<string> {
  const workspace = `TLIFE${++workspaces}`;
  const users = [{ id: `ULIFE${workspaces}`, name: 'Ada', email: 'ada@acme.test', admin: true }];
  await running.slack.control('POST', 'workspaces', { id: workspace, name: `Acme ${workspaces}`, users, ...over });
  return workspace;
}

async function connected(tenantId = 'acme', to = team): Promise<string> {
  const request = { name: `Our Slack in ${to}`, profile: 'direct', returnTo: 'http://localhost:3000/' };
  const answer = await running.as('owner', tenantId)('POST', '/v1/connections', request);
  const { url, id } = answer.body as { url: string; id: string };
  const { installation } = await new Browser().connect(url, { team: to });
  await running.confirm(id, tenantId);
  return installation!;
}

async function issue(...installationIds: string[]): Promise<Issue> {
  const answer = await running.as('service')('POST', '/v1/tokens', { installationIds });
  expect(answer.status).toBe(200);
  const issued = answer.body as Issue;
  seen.push(...issued.tokens.map(({ token }) => token));
  return issued;
}

const owner = (method: string, path: string, body?: unknown) => running.as('owner')(method, path, body);
const stateOf = async (of: string) => (await owner('GET', `/v1/installations/${of}`)).body as InstallationView;
const stateNow = () => stateOf(id);
const reportDead = async () =>
  (await running.as('service')('POST', '/v1/tokens/dead', { installationId: id, error: 'account_inactive' }))
    .body as unknown;

/** Events with the same key are heard in their order. */
async function hear(event: object, at = new Date(), key = team): Promise<void> {
  const eventType = (event as { type: string }).type;
  const payload = { team_id: team, event_time: Math.floor(at.getTime() / 1000), event };
  const data = { eventId: randomUUID(), eventType, teamId: team, receivedAt: new Date().toISOString(), payload };
  await running.service.app
    .get(Publisher, { strict: false })
    .publish(slackEvent, [{ id: data.eventId, source: '/slack', data, key }]);
}

describe('an installation', () => {
  it('can be renamed, and everybody learns the name', async () => {
    const forged = Date.now();
    const { version } = await stateNow();
    const renamed = (await owner('PATCH', `/v1/installations/${id}`, { name: ' Sales ' })).body as InstallationView;
    expect(renamed).toMatchObject({ id, name: 'Sales' });
    expect(renamed.version).toBeGreaterThan(version);
    // A record that somebody else wrote a moment ago, with the time as its version, is outranked.
    expect(renamed.version).toBeGreaterThanOrEqual(forged);
    expect(await running.publishedState(id, 2)).toMatchObject({ name: 'Sales', version: renamed.version });
    expect((await owner('PATCH', `/v1/installations/${id}`, { name: '' })).body).toMatchObject({
      errors: [{ path: 'name' }],
    });
  });

  it('has a name that no other installation of the tenant has, whatever the case', async () => {
    const other = await connected('acme', await aWorkspace());
    const { name } = await stateNow();
    const taken = await owner('PATCH', `/v1/installations/${other}`, { name: name.toUpperCase() });
    expect([taken.status, taken.body]).toMatchObject([409, { errors: [{ path: 'name' }] }]);
    const request = { name, profile: 'direct', returnTo: 'http://localhost:3000/' };
    const { url } = (await owner('POST', '/v1/connections', request)).body as { url: string };
    expect((await new Browser().connect(url, { team: await aWorkspace() })).error).toBe('name_taken');
  });

  it('when disconnected has no living token, keeps its entry, and can be connected again', async () => {
    const { token } = (await issue(id)).tokens[0]!;
    expect((await owner('POST', `/v1/installations/${id}/disconnect`)).body).toMatchObject({
      id,
      state: 'disconnected',
    });
    expect(await running.slack.api(token, 'auth.test')).toMatchObject({ ok: false });
    expect(await running.publishedState(id, 2)).toMatchObject({
      state: 'disconnected',
      stateReason: 'disconnected_by_admin',
    });
    expect(await issue(id)).toEqual({ tokens: [], unavailable: [{ installationId: id, reason: 'disconnected' }] });
    expect((await owner('POST', `/v1/installations/${id}/disconnect`)).status).toBe(200);
    expect(await connected()).toBe(id);
    expect(await running.publishedState(id, 3)).toMatchObject({ state: 'active' });
    expect(await running.slack.api((await issue(id)).tokens[0]!.token, 'auth.test')).toMatchObject({ ok: true });
  });

  it('whose app could not be removed while it was disconnected is removed from Slack when it is deleted', async () => {
    await running.slack.control('POST', 'faults', [{ method: 'auth.revoke', kind: 'http_500' }]);
    await owner('POST', `/v1/installations/${id}/disconnect`);
    expect((await owner('DELETE', `/v1/installations/${id}`)).status).toBe(204);
    await running.slack.control('DELETE', 'faults');
    const asked = `requests?method=apps.uninstall&team=${team}`;
    const uninstalled = () =>
      running.slack.control<{ byMethod: Record<string, { ok: number } | undefined> }>('GET', asked);
    await until(async () => (await uninstalled()).byMethod['apps.uninstall']?.ok === 1);
  });

  it('shows that the key of its token is gone, and works again when it is connected again', async () => {
    const sql = `UPDATE sealed_token SET kid = 'gone' WHERE installation_id = $1`;
    await running.service.app.get(DataSource).query(sql, [id]);
    expect(await stateNow()).toMatchObject({ state: 'active', keyMissing: true });
    expect(await connected()).toBe(id);
    expect(await stateNow()).toMatchObject({ state: 'active', keyMissing: false });
  });

  it('keeps working where Slack ended its token for the newer tokens of codes that came to nothing', async () => {
    team = await aWorkspace({ rotation: true });
    id = await connected();
    const { token } = (await issue(id)).tokens[0]!;
    for (let n = 0; n < 2; n++) {
      await running.slack.control('POST', 'faults', [{ method: 'oauth.v2.access', kind: 'reset_after', count: 1 }]);
      const request = { name: 'Lost', profile: 'direct', returnTo: 'http://localhost:3000/' };
      const { url } = (await owner('POST', '/v1/connections', request)).body as { url: string };
      expect((await new Browser().connect(url, { team })).error).toBe('slack_unavailable');
    }
    expect(await running.slack.api(token, 'auth.test')).toMatchObject({ ok: false });
    expect(await reportDead()).toMatchObject({ state: 'active' });
    const renewed = (await issue(id)).tokens[0]!;
    expect(await running.slack.api(renewed.token, 'auth.test')).toMatchObject({ ok: true });
  });

  it('changes at once while Slack is down, and its token is revoked when Slack is back', async () => {
    const other = await connected('acme', await aWorkspace());
    const tokens = (await issue(id, other)).tokens.map(({ token }) => token);
    await running.slack.control('POST', 'faults', [
      { method: 'auth.revoke', kind: 'http_500' },
      { method: 'apps.uninstall', kind: 'http_500' },
    ]);
    const path = `/v1/installations/${id}/disconnect`;
    expect((await owner('POST', path)).body).toMatchObject({ state: 'disconnected', revocationPending: true });
    expect((await owner('POST', path)).status).toBe(200);
    expect((await owner('DELETE', `/v1/installations/${other}`)).status).toBe(204);
    expect((await owner('GET', `/v1/installations/${other}`)).status).toBe(404);
    expect(await running.publishedState(id, 2)).toMatchObject({ state: 'disconnected' });
    for (const token of tokens) expect(await running.slack.api(token, 'auth.test')).toMatchObject({ ok: true });
    await running.slack.control('DELETE', 'faults');
    await until(async () =>
      (await Promise.all(tokens.map((token) => running.slack.api(token, 'auth.test')))).every(({ ok }) => !ok),
    );
    await until(async () => (await stateNow()).revocationPending === false);
  });

  it('that is connected again before its token was revoked keeps the token', async () => {
    await running.slack.control('POST', 'faults', [{ method: 'auth.revoke', kind: 'http_500' }]);
    await owner('POST', `/v1/installations/${id}/disconnect`);
    expect(await connected()).toBe(id);
    await running.slack.control('DELETE', 'faults');
    await until(async () => (await stateNow()).revocationPending === false);
    expect(await running.slack.api((await issue(id)).tokens[0]!.token, 'auth.test')).toMatchObject({ ok: true });
  });

  it('when deleted is gone with its token, and says tombstone', async () => {
    const { version } = await stateNow();
    const { token } = (await issue(id)).tokens[0]!;
    expect((await owner('DELETE', `/v1/installations/${id}`)).status).toBe(204);
    expect(await running.slack.api(token, 'auth.test')).toMatchObject({ ok: false });
    expect((await owner('GET', `/v1/installations/${id}`)).status).toBe(404);
    expect((await owner('DELETE', `/v1/installations/${id}`)).status).toBe(404);
    const tombstone = await running.publishedState(id, 2);
    expect(tombstone).toEqual({ deleted: true, version: tombstone.version });
    expect(tombstone.version).toBeGreaterThan(version);
    expect(await connected()).not.toBe(id);
  });

  it("does not exist for another tenant's owner", async () => {
    const stranger = running.as('owner', 'globex');
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { name: 'Mine' }],
      ['POST', '/disconnect'],
      ['DELETE', ''],
    ] as const) {
      expect((await stranger(method, `/v1/installations/${id}${path}`, body)).status).toBe(404);
    }
    const request = { name: 'Mine', profile: 'direct', installationId: id, returnTo: 'http://localhost:3000/' };
    expect((await stranger('POST', '/v1/connections', request)).status).toBe(404);
    expect((await owner('GET', '/v1/installations/no-such-id')).status).toBe(404);
  });

  it('is listed page by page, once', async () => {
    const ids: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const answer = await owner('GET', `/v1/installations?limit=2${cursor && `&cursor=${cursor}`}`);
      const page = answer.body as { items: { id: string }[]; nextCursor: string | null };
      ids.push(...page.items.map((item) => item.id));
      cursor = page.nextCursor;
    }
    expect(ids).toContain(id);
    expect(new Set(ids).size).toBe(ids.length);
    expect((await owner('GET', '/v1/installations?cursor=made-up')).body).toMatchObject({
      errors: [{ path: 'cursor' }],
    });
  });
});

describe("an end on Slack's side", () => {
  it('is noticed when the app is removed, and heals by connecting again', async () => {
    await running.slack.control('POST', 'uninstall', { team });
    await hear({ type: 'tokens_revoked', tokens: { bot: [(await stateNow()).botUserId] } });
    await hear({ type: 'app_uninstalled' });
    expect(await running.publishedState(id, 2)).toMatchObject({ state: 'lost' });
    expect((await issue(id)).unavailable).toEqual([{ installationId: id, reason: 'lost' }]);
    expect(await connected()).toBe(id);
    expect(await running.publishedState(id, 3)).toMatchObject({ state: 'active' });
    expect(await running.publishedState(id, 3)).not.toHaveProperty('stateReason');
  });

  it("is not taken from news about a person's token, another bot or a time before the newest authorisation", async () => {
    await hear({ type: 'tokens_revoked', tokens: { oauth: ['U1'] } });
    await hear({ type: 'tokens_revoked', tokens: { bot: ['UOTHER'] } });
    await hear({ type: 'app_uninstalled' }, new Date(Date.now() - 60_000));
    // In the very second of the authorisation the token decides, and it works.
    await hear({ type: 'app_uninstalled' }, new Date((await stateNow()).authorizedAt));
    const first = team;
    // With rotation a revoked token may be any of several; the one in use works.
    team = await aWorkspace({ rotation: true });
    const rotating = await connected();
    const { botUserId } = (await owner('GET', `/v1/installations/${rotating}`)).body as InstallationView;
    await hear({ type: 'tokens_revoked', tokens: { bot: [botUserId] } }, new Date(Date.now() + 2000), first);
    // An event that Slack did not send: the token works.
    team = await aWorkspace();
    const forged = await connected();
    const before = await Promise.all([id, rotating, forged].map(stateOf));
    await hear({ type: 'app_uninstalled' }, new Date(Date.now() + 2000), first);
    team = await aWorkspace();
    const other = await connected();
    await running.slack.control('POST', 'uninstall', { team });
    await hear({ type: 'app_uninstalled' }, new Date(Date.now() + 2000), first);
    await running.publishedState(other, 2);
    expect(before.map(({ state }) => state)).toEqual(['active', 'active', 'active']);
    expect(await Promise.all([id, rotating, forged].map(stateOf))).toEqual(before);
  });

  it('is verified with Slack when a sender reports a dead token', async () => {
    expect(await reportDead()).toEqual({ installationId: id, state: 'active' });
    await running.slack.control('POST', 'tokens/revoke', { team });
    expect(await reportDead()).toEqual({ installationId: id, state: 'lost' });
    expect(await running.publishedState(id, 2)).toMatchObject({ state: 'lost' });
    expect(
      (await running.as('service')('POST', '/v1/tokens/dead', { installationId: randomUUID(), error: 'x' })).status,
    ).toBe(404);
  });

  it('is counted once, whoever reports it how often, and the metrics say how many are lost', async () => {
    const counted = async (name: string): Promise<number> => {
      await countInstallationStates(running.service.app.get<Pool>(DATABASE));
      return Number(
        new RegExp(`^${name} (\\d+)$`, 'm').exec((await running.service.request('GET', '/metrics')).text)?.[1] ?? 0,
      );
    };
    const losses = 'carillon_installations_lost_total\\{reason="token_revoked"\\}';
    const nowLost = 'carillon_installations\\{state="lost"\\}';
    const before = [await counted(losses), await counted(nowLost)] as const;
    await running.slack.control('POST', 'tokens/revoke', { team });
    await Promise.all([reportDead(), reportDead(), reportDead()]);
    await reportDead();
    expect(await counted(losses)).toBe(before[0] + 1);
    expect(await counted(nowLost)).toBe(before[1] + 1);
  });

  it('is not concluded from a Slack that gives no answer', async () => {
    await running.slack.control('POST', 'faults', [{ method: 'auth.test', kind: 'http_500' }]);
    const { status } = await running.as('service')('POST', '/v1/tokens/dead', {
      installationId: id,
      error: 'invalid_auth',
    });
    expect(status).toBe(503);
    expect(await stateNow()).toMatchObject({ state: 'active' });
  });
});

describe('tokens', () => {
  it('of one request come together, with a reason for each that is missing', async () => {
    const unknown = randomUUID();
    expect(await issue(id, unknown, id)).toEqual({
      tokens: [{ installationId: id, tenantId: 'acme', teamId: team, token: expect.stringContaining('xoxb-') }],
      unavailable: [{ installationId: unknown, reason: 'unknown' }],
    });
  });

  it('that rotate are exchanged before they expire, and their authorisation ends whole', async () => {
    team = await aWorkspace({ rotation: true, tokenLifetimeSeconds: 3600 });
    id = await connected();
    const first = (await issue(id)).tokens[0]!;
    expect(Date.parse(first.expiresAt!) - Date.now()).toBeGreaterThan(3_500_000);
    // The upkeep may be exchanging the pair; whoever asks meanwhile gets the one that still works.
    let second = first;
    await until(async () => (second = (await issue(id)).tokens[0]!).token !== first.token);
    expect(await running.slack.api(second.token, 'auth.test')).toMatchObject({ ok: true, team_id: team });
    expect((await owner('POST', `/v1/installations/${id}/disconnect`)).status).toBe(200);
    expect(await running.slack.api(second.token, 'auth.test')).toMatchObject({ ok: false });
  });

  it('are readable nowhere: not in the database, not in a topic, not in an answer to an admin', async () => {
    await issue(id);
    const dataSource = running.service.app.get(DataSource);
    const tables = [
      'installation',
      'sealed_token',
      'connection_attempt',
      'slack_task',
      'policy',
      'audit_entry',
      'outbox',
    ];
    const rows = await Promise.all(tables.map((table) => dataSource.query<unknown[]>(`SELECT * FROM ${table}`)));
    const answers = await Promise.all(
      ['installations?limit=200', 'audit?limit=200', 'policy'].map((path) => owner('GET', `/v1/${path}`)),
    );
    const everything = [JSON.stringify(rows), running.publishedBytes(), ...answers.map(({ text }) => text)].join();
    for (const token of [...seen, 'xoxb-', 'xoxe']) expect(everything).not.toContain(token);
  });
});

describe('the audit log', () => {
  const entries = async (query: string, tenantId?: string) => {
    await running.service.app.get(AuditLog, { strict: false }).flush();
    return (
      (await running.as('owner', tenantId)('GET', `/v1/audit?${query}`)).body as {
        items: AuditEntry[];
        nextCursor: string | null;
      }
    ).items;
  };

  it('tells who changed what and when, from where, before and after', async () => {
    const before = (await stateNow()).name;
    await owner('PATCH', `/v1/installations/${id}`, { name: 'Support' });
    await issue(id);
    await reportDead();
    await owner('DELETE', `/v1/installations/${id}`);
    const items = await entries(`subject=installation:${id}`);
    expect(items).toMatchObject([
      {
        actor: { kind: 'member', id: 'ada', roles: ['owner'] },
        action: 'installation.deleted',
        outcome: 'done',
        detail: { from: 'active' },
      },
      {
        actor: { kind: 'service', id: 'delivery' },
        action: 'token.reported_dead',
        detail: { client: 'delivery', error: 'account_inactive', state: 'active' },
      },
      {
        actor: { kind: 'service', id: 'delivery' },
        action: 'token.issued',
        detail: { client: 'delivery', count: 1, installationIds: [id] },
      },
      {
        actor: { kind: 'member', id: 'ada' },
        action: 'installation.renamed',
        detail: { changes: { name: { before, after: 'Support' } }, address: '127.0.0.1' },
      },
      { actor: { kind: 'member', id: 'ada' }, action: 'installation.connected', detail: { to: 'active' } },
    ]);
    await owner('PUT', '/v1/policy', { maxInstallations: 500, requireWorkspaceAdmin: false });
    expect(await entries('action=policy.changed')).toMatchObject([
      { subject: 'policy:acme', detail: { before: { maxInstallations: null }, after: { maxInstallations: 500 } } },
    ]);
    expect(await entries(`subject=installation:${id}`, 'globex')).toEqual([]);
    expect((await running.as('admin')('GET', '/v1/audit')).status).toBe(403);
  });

  it('tells which connections were begun and which came to nothing, and why', async () => {
    const answer = await owner('POST', '/v1/connections', {
      name: 'Our Slack',
      profile: 'direct',
      returnTo: 'http://localhost:3000/',
    });
    const browser = new Browser();
    const link = (answer.body as { url: string }).url;
    expect(await browser.connect(link, { team, decision: 'cancel' })).toMatchObject({ error: 'access_denied' });
    const [refused] = await entries('action=connection.refused');
    expect(refused).toMatchObject({
      outcome: 'refused',
      actor: { kind: 'member', id: 'ada' },
      detail: { reason: 'access_denied' },
    });
    expect(await entries(`subject=${refused!.subject}`)).toMatchObject([
      { action: 'connection.refused' },
      { action: 'connection.begun', detail: { profile: 'direct' } },
    ]);
    for (let n = 0; n < 20; n++) await browser.step(link);
    const repeated = await entries('action=request.refused&subject=route:GET /slack/oauth/start');
    expect(repeated).toMatchObject([{ detail: { reason: 'link_used', count: 20 } }]);
  });

  it('tells each tenant of the hand-over of its own tokens only, and of those that were refused', async () => {
    const theirs = await connected('globex', await aWorkspace());
    const unknown = randomUUID();
    const { tokens } = await issue(id, theirs, unknown);
    expect(tokens.map(({ installationId }) => installationId).sort()).toEqual([id, theirs].sort());
    expect((await entries('action=token.issued&limit=1'))[0]!.detail).toMatchObject({ installationIds: [id] });
    expect((await entries('action=token.issued', 'globex'))[0]!.detail).toMatchObject({ installationIds: [theirs] });
    await running.as('owner', 'globex')('POST', `/v1/installations/${theirs}/disconnect`);
    expect((await issue(theirs)).tokens).toEqual([]);
    const refused = await entries('outcome=refused', 'globex');
    expect(refused.filter(({ subject }) => subject === 'route:POST /v1/tokens')).toMatchObject([
      {
        actor: { kind: 'service', id: 'delivery' },
        subject: 'route:POST /v1/tokens',
        detail: { reason: 'installation_disconnected' },
      },
    ]);
  });
});
