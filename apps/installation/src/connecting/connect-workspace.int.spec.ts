// Connecting a workspace the way an admin does it: the real service, PostgreSQL and Kafka, and the simulated Slack.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { InstallationState, ScopeProfileName } from '@carillon/domain';
import { answerIn, Browser } from '../testing/browser.ts';
import { startInstallationService, type RunningInstallationService } from '../testing/running-service.ts';

const returnTo = 'http://127.0.0.1:3000/settings?tab=slack';
let running: RunningInstallationService;
let workspaces = 0;
let names = 0;
let team: string;

beforeAll(async () => {
  running = await startInstallationService();
}, 60_000);
afterAll(() => running?.stop());
beforeEach(async () => {
  await running.slack.control('DELETE', 'faults');
  team = await aWorkspace();
});

async function aWorkspace(over: object = {}): Promise<string> {
  const id = `TCONNECT${++workspaces}`;
  const users = [
    { id: `UADMIN${workspaces}`, name: 'Ada', email: 'ada@acme.test', admin: true },
    { id: `UMEMBER${workspaces}`, name: 'Bob', email: 'bob@acme.test' },
  ];
  await running.slack.control('POST', 'workspaces', {
    id,
    name: `Acme ${workspaces}`,
    domain: `acme-${workspaces}`,
    users,
    ...over,
  });
  return id;
}

async function link(
  request: { profile?: ScopeProfileName; name?: string | undefined; installationId?: string } = {},
  tenantId = 'acme',
): Promise<string> {
  const answer = await running.as('security_admin', tenantId)('POST', '/v1/connections', {
    name: `Our Slack ${++names}`,
    profile: 'direct',
    returnTo,
    ...request,
  });
  expect([answer.status, answer.text]).toEqual([201, expect.any(String)]);
  const { url, expiresAt } = answer.body as { url: string; expiresAt: string };
  expect(Date.parse(expiresAt) - Date.now()).toBeLessThanOrEqual(600_000);
  return url;
}

async function connected(request: Parameters<typeof link>[0] = {}, tenantId = 'acme'): Promise<string> {
  const { installation } = await new Browser().connect(await link(request, tenantId), { team });
  await running.confirm(installation!, tenantId);
  return installation!;
}

async function tokenOf(installationId: string): Promise<string> {
  const answer = await running.as('service')('POST', '/v1/tokens', { installationIds: [installationId] });
  return (answer.body as { tokens: { token: string }[] }).tokens[0]!.token;
}

const view = async (id: string): Promise<InstallationState> =>
  (await running.as('admin')('GET', `/v1/installations/${id}`)).body as InstallationState;

describe('connecting a workspace', () => {
  it('ends on the page the admin came from, with an installation that works and that everybody knows', async () => {
    const browser = new Browser();
    const { location } = await browser.step(
      await browser.answerSlack(await link({ profile: 'invite_only' }), { team }),
    );
    expect(location).toMatch(/^http:\/\/127\.0\.0\.1:3000\/settings\?tab=slack&installation=/);
    const id = answerIn(location).installation!;
    expect(await view(id)).toMatchObject({ state: 'pending', teamId: team });
    await running.confirm(id);
    const state = await view(id);
    expect(state).toMatchObject({
      name: `Our Slack ${names}`,
      profile: 'invite_only',
      state: 'active',
      teamId: team,
      teamName: `Acme ${workspaces}`,
      teamDomain: `acme-${workspaces}`,
    });
    expect(state).toMatchObject({ iconUrl: expect.stringContaining(team), missingScopes: [], connectedBy: 'ada' });
    expect(await running.publishedState(id, 1)).toMatchObject({
      installationId: id,
      tenantId: 'acme',
      state: 'active',
      teamId: team,
      version: state.version,
    });
    expect(await running.slack.api(await tokenOf(id), 'auth.test')).toMatchObject({ ok: true, team_id: team });
  });

  it('asks Slack for the scopes of the profile and nothing else, and binds the browser before', async () => {
    const browser = new Browser();
    const url = await link();
    const { html, setCookie } = await browser.step(url);
    const authorize = new URL(await browser.submit(url, html));
    expect(authorize.href).toContain(`${running.slack.url}/oauth/v2/authorize?`);
    expect(authorize.searchParams.get('scope')).toBe('chat:write,im:write,users:read,users:read.email');
    expect(authorize.searchParams.has('user_scope')).toBe(false);
    expect(setCookie).toMatch(/^carillon-connect-[^;]+; Path=\/slack\/oauth; Max-Age=\d+; HttpOnly; SameSite=Lax$/);
  });

  it('tells the page when the person cancels', async () => {
    expect(await new Browser().connect(await link(), { team, decision: 'cancel' })).toEqual({
      installation: null,
      error: 'access_denied',
    });
  });

  it('counts only in the browser that opened the link, and only once', async () => {
    const [mine, theirs] = [new Browser(), new Browser()];
    const url = await link();
    const callback = await mine.answerSlack(url, { team });
    expect(answerIn((await theirs.step(url)).location).error).toBe('wrong_browser');
    expect(answerIn((await theirs.step(callback)).location).error).toBe('wrong_browser');
    const results = await Promise.all([mine.step(callback), mine.step(callback), mine.step(callback)]);
    expect(results.map(({ location }) => answerIn(location).error ?? 'connected').sort()).toEqual([
      'connected',
      'link_used',
      'link_used',
    ]);
    expect(answerIn((await mine.step(url)).location).error).toBe('link_used');
  });

  it("does not take the link's own signature for the state, nor a state that was made up", async () => {
    const browser = new Browser();
    const url = new URL(await link());
    const callback = new URL(await browser.answerSlack(url.href, { team }));
    callback.searchParams.set('state', url.searchParams.get('connection')!);
    for (const state of [url.searchParams.get('connection')!, 'made.up.state', '']) {
      callback.searchParams.set('state', state);
      expect(answerIn((await browser.step(callback.href)).location).error).toBe('wrong_state');
      // Without the cookie nothing tells whose request it is.
      expect((await new Browser().step(callback.href)).status).toBe(400);
    }
  });

  it('connects the same workspace again into the same installation, with the wider scopes', async () => {
    const id = await connected();
    const before = await view(id);
    expect(await connected({ profile: 'public', name: 'Wider' })).toBe(id);
    const state = await view(id);
    expect(state).toMatchObject({ name: 'Wider', profile: 'public' });
    expect(state.version).toBeGreaterThan(before.version);
    expect(state.scopes).toContain('chat:write.public');
    const named = await connected({ installationId: id, name: undefined, profile: 'full' });
    expect([named, (await view(id)).name]).toEqual([id, 'Wider']);
  });

  it("refuses another tenant's workspace and does that tenant no harm", async () => {
    const id = await connected();
    expect(await new Browser().connect(await link({}, 'globex'), { team })).toEqual({
      installation: null,
      error: 'workspace_taken',
    });
    expect(await running.slack.api(await tokenOf(id), 'auth.test')).toMatchObject({ ok: true });
  });

  it('leaves a rotating token of the tenant alive, however often another tenant is refused', async () => {
    team = await aWorkspace({ rotation: true });
    const id = await connected();
    for (let n = 0; n < 3; n++) {
      expect(await new Browser().connect(await link({}, 'globex'), { team })).toMatchObject({
        error: 'workspace_taken',
      });
    }
    expect(await running.slack.api(await tokenOf(id), 'auth.test')).toMatchObject({ ok: true });
  });

  it('never moves an installation to another workspace, and leaves no token behind there', async () => {
    const id = await connected();
    const before = await view(id);
    const other = await aWorkspace();
    expect(await new Browser().connect(await link({ installationId: id }), { team: other })).toEqual({
      installation: null,
      error: 'other_workspace',
    });
    expect(await view(id)).toEqual(before);
    expect(await running.slack.control('GET', `requests?method=auth.revoke&team=${other}`)).toMatchObject({ total: 1 });
  });

  it('tells the page when Slack gives no answer, and connects nothing', async () => {
    await running.slack.control('POST', 'faults', [{ method: 'oauth.v2.access', kind: 'http_500', count: 1 }]);
    expect(await new Browser().connect(await link(), { team })).toEqual({
      installation: null,
      error: 'slack_unavailable',
    });
  });
});

describe("a tenant's policy", () => {
  const put = (terms: object) => running.as('owner', 'globex')('PUT', '/v1/policy', terms);

  it('limits how many workspaces are connected, but not connecting the same one again', async () => {
    const id = await connected({}, 'globex');
    await put({ maxInstallations: 1, requireWorkspaceAdmin: false });
    const refused = await running.as('owner', 'globex')('POST', '/v1/connections', {
      name: 'Second',
      profile: 'direct',
      returnTo,
    });
    expect(refused.status).toBe(409);
    expect(await connected({ installationId: id }, 'globex')).toBe(id);
    await put({ maxInstallations: null, requireWorkspaceAdmin: false });
  });

  it('can ask that whoever allows it in Slack is an admin of the workspace', async () => {
    await put({ maxInstallations: null, requireWorkspaceAdmin: true });
    const member = { team, user: `UMEMBER${workspaces}` };
    expect(await new Browser().connect(await link({}, 'globex'), member)).toEqual({
      installation: null,
      error: 'workspace_admin_required',
    });
    expect(await running.slack.control('GET', `requests?method=auth.revoke&team=${team}`)).toMatchObject({ total: 1 });
    expect(await connected({}, 'globex')).toEqual(expect.any(String));
    await put({ maxInstallations: null, requireWorkspaceAdmin: false });
  });
});
