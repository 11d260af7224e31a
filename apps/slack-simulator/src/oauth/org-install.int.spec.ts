import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { AppServer } from '../testing/app-server.ts';
import { acme, direct, grid, redirectUri, refusal, south, useSimulator } from '../testing/fixture.ts';

let door: AppServer;
const slack = useSimulator(async () => {
  door = await AppServer.open();
  return { eventsUrl: door.url };
});
beforeEach(async () => {
  door.received.length = 0;
  await slack.control('POST', 'orgs', grid);
  await slack.control('POST', 'workspaces', { ...acme, enterpriseId: grid.id });
  await slack.control('POST', 'workspaces', south);
  await door.count(2); // the migration of acme
  door.received.length = 0;
});
afterAll(() => door.close());

const allowed = async (form: Record<string, string> = {}): Promise<Record<string, unknown>> => {
  const back = await slack.decide({ scope: direct }, { team: grid.id, decision: 'allow', ...form });
  return slack.access({ code: back.searchParams.get('code') ?? '' });
};

async function page(method: 'GET' | 'POST', form: Record<string, string> = {}): Promise<string> {
  const { clientId: client_id } = slack.simulator.app;
  const fields = new URLSearchParams({ client_id, redirect_uri: redirectUri, scope: direct, ...form });
  const url = `${slack.url}/oauth/v2/authorize`;
  return (
    await (method === 'GET' ? fetch(`${url}?${fields.toString()}`) : fetch(url, { method, body: fields }))
  ).text();
}

test('an admin chooses the org on the page and the app gets one token for it, which covers no workspace yet', async () => {
  expect(await page('GET')).toContain('<option value="E0GRID">Acme Group (organisation)</option>');
  const answer = await allowed();
  expect(answer).toMatchObject({
    ok: true,
    is_enterprise_install: true,
    team: null,
    enterprise: grid,
    token_type: 'bot',
    scope: direct,
    authed_user: { id: 'U0ADA' },
  });
  const client = slack.client(String(answer.access_token));
  expect((await client.auth.teams.list()).teams).toEqual([]);
  expect(await refusal(client.users.list({ team_id: acme.id }))).toBe('team_access_not_granted');
  expect(await refusal(client.chat.postMessage({ channel: 'U0ADA', text: 'hi' }))).toBe('team_access_not_granted');
});

test('somebody who is no admin of the org can’t allow it', async () => {
  const back = await slack.decide({ scope: direct }, { team: grid.id, user: 'U0BEN', decision: 'allow' });
  expect(back.searchParams.get('error')).toBe('access_denied');
});

test('where org-wide installations are not allowed, the org is not offered and choosing it is refused', async () => {
  await slack.control('POST', 'orgs', { id: grid.id, orgWideAllowed: false });
  expect(await page('GET')).not.toContain('organisation');
  expect(await page('POST', { team: grid.id, decision: 'allow' })).toContain('scope_not_allowed_on_enterprise');
});

test('an app of the org is not installed in one of its workspaces again', async () => {
  await allowed();
  expect(await slack.access({ code: await slack.code(direct) })).toMatchObject({
    error: 'cannot_install_an_org_installed_app',
  });
});

test('with rotation the org’s tokens expire and are refreshed', async () => {
  await slack.control('POST', 'orgs', { id: grid.id, rotation: true, tokenLifetimeSeconds: 600 });
  const first = await allowed();
  expect(first).toMatchObject({ refresh_token: expect.stringMatching(/^xoxe-1-/), expires_in: 600 });
  const second = await slack.access({ grant_type: 'refresh_token', refresh_token: String(first.refresh_token) });
  expect(second).toMatchObject({ is_enterprise_install: true, team: null, enterprise: grid });
  expect(await refusal(slack.client(String(second.access_token)).auth.test())).toBe('ok');
});

test('an admin adds workspaces and takes them away, and the app hears of it', async () => {
  const client = slack.client(String((await allowed()).access_token));
  const { user_id } = await client.auth.test();
  const access = (body: object) => slack.control('POST', 'orgs/access', { enterprise: grid.id, ...body });
  expect(await access({ grant: [acme.id, south.id] })).toMatchObject({ covered: [acme.id, south.id] });
  await door.count(1);
  expect(door.events[0]).toMatchObject({
    team_id: null,
    enterprise_id: grid.id,
    event: { type: 'team_access_granted', team_ids: [acme.id, south.id] },
    authorizations: [{ enterprise_id: grid.id, team_id: null, user_id, is_bot: true, is_enterprise_install: true }],
  });
  expect(await refusal(client.chat.postMessage({ channel: 'C0SOUTH', text: 'hi' }))).toBe('ok');

  await access({ revoke: [south.id] });
  await door.count(2);
  expect(door.events[1]?.event).toMatchObject({ type: 'team_access_revoked', team_ids: [south.id] });
  expect(await refusal(client.chat.postMessage({ channel: 'C0SOUTH', text: 'hi' }))).toBe('team_access_not_granted');
  await expect(access({ grant: ['T0NOWHERE'] })).rejects.toThrow('grant.0');
});

test('events of covered workspaces name the org’s installation; of others the app hears nothing', async () => {
  const client = await slack.installedOrg(direct, [acme.id]);
  await door.count(1);
  const { user_id } = await client.auth.test();
  await slack.control('POST', 'events', { team: acme.id, event: { type: 'team_join' } });
  expect(door.events[1]).toMatchObject({
    team_id: acme.id,
    enterprise_id: grid.id,
    authorizations: [{ enterprise_id: grid.id, team_id: null, user_id, is_enterprise_install: true }],
  });
  expect(await slack.control('POST', 'events', { team: south.id, event: { type: 'team_join' } })).toMatchObject({
    state: 'withheld',
    attempts: [],
  });
});

test('clicks and commands in a covered workspace say that the org has the app', async () => {
  await slack.installedOrg(direct, [acme.id]);
  const from = (team: string, user: string) => ({ team, user, url: door.url });
  expect(await slack.control('POST', 'commands', { ...from(acme.id, 'U0ADA'), command: '/carillon' })).toMatchObject({
    form: { is_enterprise_install: 'true', enterprise_id: grid.id, team_id: acme.id },
  });
  expect(await slack.control('POST', 'interactions', { ...from(acme.id, 'U0ADA'), actionId: 'a' })).toMatchObject({
    payload: { is_enterprise_install: true, enterprise: grid, team: { id: acme.id } },
  });
  expect(await slack.control('POST', 'commands', { ...from(south.id, 'U0SUE'), command: '/carillon' })).toMatchObject({
    form: { is_enterprise_install: 'false' },
  });
});

test.each([
  ['tokens/revoke', ['tokens_revoked']],
  ['uninstall', ['app_uninstalled', 'tokens_revoked']],
])('%s of the org ends every workspace’s access, and says so for the org', async (route, types) => {
  const client = await slack.installedOrg(direct);
  const { user_id } = await client.auth.test();
  await door.count(1);
  await slack.control('POST', route, { team: grid.id });
  await door.count(1 + types.length);
  const sent = door.events.slice(1);
  expect(sent.map((e) => e.event.type).sort()).toEqual(types);
  for (const envelope of sent) expect(envelope).toMatchObject({ team_id: null, enterprise_id: grid.id });
  expect(sent.find((e) => e.event.type === 'tokens_revoked')?.event.tokens).toEqual({ bot: [user_id] });
  expect(await refusal(client.auth.test())).toBe(route === 'uninstall' ? 'account_inactive' : 'token_revoked');
  expect(await slack.control('GET', 'orgs')).toMatchObject({ items: [{ installed: false, covered: [] }] });
  expect(await slack.access({ code: await slack.code(direct) })).toMatchObject({ ok: true });
});

test('auth.revoke and apps.uninstall end an installation of the org too', async () => {
  const client = await slack.installedOrg(direct);
  expect(await client.auth.revoke({})).toMatchObject({ revoked: true });
  const again = slack.client(String((await allowed()).access_token));
  const { clientId: client_id, clientSecret: client_secret } = slack.simulator.app;
  expect(await refusal(again.apps.uninstall({ client_id, client_secret }))).toBe('ok');
  expect(await refusal(again.auth.test())).toBe('account_inactive');
});
