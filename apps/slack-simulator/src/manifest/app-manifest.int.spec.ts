import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { AppServer } from '../testing/app-server.ts';
import { acme, grid, redirectUri, useSimulator } from '../testing/fixture.ts';
import { sampleManifest } from '../testing/manifest.ts';

let door: AppServer;
const slack = useSimulator(async () => {
  door = await AppServer.open();
  return { eventsUrl: door.url };
});
beforeEach(() => {
  door.received.length = 0;
});
afterAll(() => door.close());

const put = (manifest: unknown = sampleManifest()) => slack.control('POST', 'manifest', { manifest });
const asked = 'chat:write,users:read,channels:read';
const state = async (type: string) => (await slack.control('POST', 'events', { team: acme.id, event: { type } })).state;

function page(scope: string): Promise<Response> {
  const { clientId: client_id } = slack.simulator.app;
  const query = new URLSearchParams({ client_id, redirect_uri: redirectUri, scope });
  return fetch(`${slack.url}/oauth/v2/authorize?${query.toString()}`);
}

async function granted(form: Record<string, string>): Promise<unknown> {
  const back = await slack.decide({ scope: asked }, { team: acme.id, decision: 'allow', ...form });
  return (await slack.access({ code: back.searchParams.get('code') ?? '' })).scope;
}

test('a manifest that Slack would refuse is refused with the places of its problems, and changes nothing', async () => {
  const { features: _, ...withoutBot } = sampleManifest();
  const response = await fetch(`${slack.url}/_sim/manifest`, {
    method: 'POST',
    body: JSON.stringify({ manifest: { ...withoutBot, extra: 1 } }),
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    400,
    'application/problem+json; charset=utf-8',
  ]);
  expect(await response.json()).toMatchObject({ errors: [{ path: 'extra', message: 'is not known' }] });
  await expect(put(withoutBot)).rejects.toThrow('features.bot_user');
  expect(await slack.control('GET', 'manifest')).toEqual({ manifest: null });
  expect((await page('reactions:write')).status).toBe(200);
});

test('only scopes of the manifest may be asked for, until a reset forgets it', async () => {
  expect(await put(JSON.stringify(sampleManifest()))).toEqual({ ok: true });
  expect((await page(asked)).status).toBe(200);
  const refused = await page('chat:write,reactions:write');
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('invalid_scope')]);
  await slack.control('POST', 'reset');
  expect((await page('reactions:write')).status).toBe(200);
});

test('a person may take optional scopes away, and those alone', async () => {
  await put();
  const html = await (await page(asked)).text();
  expect(html).toContain('<input type="checkbox" name="scopes_on" value="channels:read" checked>');
  expect(html).not.toContain('value="chat:write" checked');
  expect(await granted({ scopes_off: 'channels:read' })).toBe('chat:write,users:read');
  await slack.control('POST', 'uninstall', { team: acme.id });
  expect(await granted({ scopes_shown: '1' })).toBe('chat:write,users:read');
  expect(await granted({ scopes_shown: '1', scopes_on: 'channels:read' })).toBe(asked);
  const away = await slack.decide({ scope: asked }, { team: acme.id, decision: 'allow', scopes_off: 'chat:write' });
  expect(away.href).toBe('about:blank');
});

test('only the events of the manifest are sent, and only with a granted scope', async () => {
  await put();
  await granted({ scopes_off: 'channels:read' });
  expect(await state('team_join')).toBe('delivered');
  expect(await state('user_change')).toBe('withheld');
  expect(await state('channel_created')).toBe('withheld');
  await granted({});
  expect(await state('channel_created')).toBe('delivered');
  await slack.control('POST', 'uninstall', { team: acme.id });
  await door.count(3);
  expect(door.events.map((e) => e.event.type)).toEqual(['team_join', 'channel_created', 'app_uninstalled']);
  const { items } = await slack.control<{ items: object[] }>('GET', 'events');
  expect(items).toContainEqual(expect.objectContaining({ type: 'tokens_revoked', state: 'withheld' }));
});

test('a message is subscribed to by the kind of its conversation', async () => {
  const manifest = sampleManifest();
  manifest.oauth_config.scopes.bot.push('im:history');
  manifest.settings?.event_subscriptions?.bot_events?.push('message.im');
  await put(manifest);
  const sent = async (channel_type: string) =>
    (await slack.control('POST', 'events', { team: acme.id, event: { type: 'message', channel_type } })).state;
  expect([await sent('im'), await sent('channel')]).toEqual(['delivered', 'withheld']);
});

test('it decides about the rotation of new workspaces and about org-wide installations', async () => {
  const manifest = sampleManifest();
  manifest.settings = { ...manifest.settings, token_rotation_enabled: true, org_deploy_enabled: false };
  await put(manifest);
  expect(await slack.control('POST', 'workspaces', { name: 'New' })).toMatchObject({ rotation: true });
  expect(await slack.control('POST', 'orgs', grid)).toMatchObject({ rotation: true });
  expect(await slack.control('POST', 'workspaces', { id: acme.id })).toMatchObject({ rotation: false });
  expect(await (await page(asked)).text()).not.toContain('organisation');
});
