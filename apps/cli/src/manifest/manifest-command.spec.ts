// What the command prints, against the rules that Slack publishes for manifests.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isOptionalScope,
  scopeProfileNames,
  scopeProfiles,
  slackSubscriptions,
  type ScopeName,
  type SlackSubscription,
} from '@carillon/domain';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { AppsManifestCreateArguments } from '@slack/web-api';
import yaml from 'yaml';
import { carillon, type Said } from '../testing/test-terminal.ts';
import { slackManifest, type SlackManifest } from './slack-manifest.ts';
import { manifestRules } from './testing/manifest-rules.ts';

const url = 'https://carillon.example.com';
const folder = mkdtempSync(join(tmpdir(), 'carillon-manifest-'));
afterAll(() => rmSync(folder, { recursive: true }));

const print = (...options: string[]): Promise<Said> => carillon(['manifest', '--url', url, ...options]);
const printJson = async (...options: string[]): Promise<SlackManifest> =>
  JSON.parse((await print('--json', ...options)).out) as SlackManifest;

describe.each(scopeProfileNames)('the manifest of %s', (profile) => {
  test('is accepted by the rules of Slack, whatever the options are', async () => {
    for (const options of [[], ['--org'], ['--no-rotation'], ['--name', 'N'.repeat(35)], ['--name', 'N']]) {
      const parsed = manifestRules.safeParse(await printJson('--profile', profile, ...options));
      expect(parsed.error?.issues ?? []).toEqual([]);
    }
  });

  test('asks for the scopes of the profile, and names those as optional that an admin may refuse', async () => {
    const { bot, bot_optional: optional = [] } = (await printJson('--profile', profile)).oauth_config.scopes;
    expect(bot).toEqual(scopeProfiles[profile].scopes);
    expect(optional).toEqual(bot.filter(isOptionalScope));
  });

  test('asks for the scope of each event, of the command and of the agent', async () => {
    const { features, oauth_config: oauth, settings } = await printJson('--profile', profile);
    const needed: ScopeName[] = settings.event_subscriptions.bot_events.flatMap((event) => {
      const subscription = slackSubscriptions[event];
      return 'scope' in subscription ? [subscription.scope] : [];
    });
    if (features.slash_commands) needed.push('commands');
    if (features.agent_view) needed.push('assistant:write');
    expect(needed.filter((scope) => !oauth.scopes.bot.includes(scope))).toEqual([]);
    expect(settings.event_subscriptions.bot_events).toEqual(
      expect.arrayContaining(['app_uninstalled', 'tokens_revoked']),
    );
  });

  test('is the same in YAML as in JSON, and the same each time', async () => {
    const said = await print('--profile', profile);
    expect(said).toMatchObject({ code: 0, err: '' });
    const read = yaml.parse(said.out) as unknown;
    expect(JSON.stringify(read)).toBe(JSON.stringify(await printJson('--profile', profile)));
    expect((await print('--profile', profile)).out).toBe(said.out);
  });
});

test('direct asks for four scopes, none of them optional, and has no command and no home', async () => {
  const { features, oauth_config: oauth } = await printJson('--profile', 'direct');
  expect(oauth.scopes).toEqual({ bot: ['chat:write', 'im:write', 'users:read', 'users:read.email'] });
  expect(features).toEqual({
    app_home: { home_tab_enabled: false, messages_tab_enabled: true, messages_tab_read_only_enabled: true },
    bot_user: { display_name: 'Carillon', always_online: true },
  });
});

test('people may write to agents only', async () => {
  for (const profile of scopeProfileNames) {
    const { features, settings } = await printJson('--profile', profile);
    const isAgent = profile === 'agents';
    expect(features.app_home.messages_tab_read_only_enabled).toBe(!isAgent);
    expect(features.agent_view !== undefined).toBe(isAgent);
    for (const event of ['message.im', 'app_mention', 'agent_session_stopped'] as const)
      expect(settings.event_subscriptions.bot_events.includes(event)).toBe(isAgent);
  }
});

test('one --url is the address of all services; their own options come before it', async () => {
  const both = await printJson('--profile', 'full');
  expect(both.oauth_config.redirect_urls).toEqual([`${url}/slack/oauth/callback`, `${url}/slack/openid/callback`]);
  expect(both.features.slash_commands).toMatchObject([{ command: '/carillon', url: `${url}/slack/commands` }]);
  expect(both.settings).toMatchObject({
    event_subscriptions: { request_url: `${url}/slack/events` },
    interactivity: { request_url: `${url}/slack/interactions`, message_menu_options_url: `${url}/slack/options` },
  });
  const connect = [
    '--installation-url',
    'https://connect.example.com/base/',
    '--directory-url',
    'https://people.example.com',
  ];
  const apart = await printJson('--profile', 'full', ...connect, '--ingress-url', 'https://in.example.com:8443/');
  expect(apart.oauth_config.redirect_urls).toEqual([
    'https://connect.example.com/base/slack/oauth/callback',
    'https://people.example.com/slack/openid/callback',
  ]);
  expect(apart.settings.event_subscriptions.request_url).toBe('https://in.example.com:8443/slack/events');
});

test('tokens rotate and the app is for single workspaces unless options say otherwise', async () => {
  expect((await printJson('--profile', 'direct')).settings).toMatchObject({
    org_deploy_enabled: false,
    socket_mode_enabled: false,
    token_rotation_enabled: true,
  });
  expect((await printJson('--profile', 'direct', '--no-rotation', '--org')).settings).toMatchObject({
    org_deploy_enabled: true,
    token_rotation_enabled: false,
  });
});

test("without addresses, a running playground's are used, and a warning says that Slack cannot reach them", async () => {
  mkdirSync(join(folder, '.carillon'));
  const services = { installation: 'http://127.0.0.1:3001', 'slack-ingress': 'http://127.0.0.1:3005' };
  writeFileSync(join(folder, '.carillon', 'playground.json'), JSON.stringify({ services }));
  const said = await carillon(['manifest', '--profile', 'direct', '--json'], { cwd: folder });
  expect(said).toMatchObject({ code: 0, err: expect.stringContaining('give --url') as unknown });
  const manifest = JSON.parse(said.out) as SlackManifest;
  expect(manifest.oauth_config.redirect_urls).toEqual(['http://127.0.0.1:3001/slack/oauth/callback']);
  expect(manifest.settings.event_subscriptions.request_url).toBe('http://127.0.0.1:3005/slack/events');
});

test('without addresses and without a playground, nothing is printed and the missing option is named', async () => {
  const refused = await carillon(['manifest', '--profile', 'direct']);
  expect(refused).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--installation-url') as unknown });
  const half = await carillon(['manifest', '--profile', 'direct', '--installation-url', url]);
  expect(half).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--ingress-url') as unknown });
});

test.each([
  ['--profile', 'everything'],
  ['--url', 'carillon.example.com'],
  ['--url', 'http://carillon.example.com'],
  ['--url', 'http://127.0.0.1.example.com'],
  ['--url', 'ftp://carillon.example.com'],
  ['--url', 'https://me:secret@carillon.example.com'],
  ['--installation-url', 'https://carillon.example.com/?tenant=acme'],
  ['--ingress-url', 'https://carillon.example.com/#top'],
  ['--name', 'N'.repeat(36)],
  ['--name', ' '],
  ['--name', 'two\nlines'],
])('%s %j is refused with exit status 2 and the name of the option', async (option, value) => {
  const said = await carillon(['manifest', '--profile', 'direct', '--url', url, option, value]);
  expect(said).toMatchObject({ code: 2, out: '', err: expect.stringContaining(`option '${option} `) as unknown });
});

test('an address too long for Slack is refused with exit status 2 and the name of the option', async () => {
  const said = await carillon(['manifest', '--profile', 'direct', '--url', `${url}/${'a'.repeat(2000)}`]);
  expect(said).toMatchObject({ code: 2, out: '', err: expect.stringContaining("option '--url ") as unknown });
});

test('a missing --profile is refused with the name of the option', async () => {
  expect(await print()).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--profile') as unknown });
});

test('a name that YAML could read as something else stays a name', async () => {
  for (const name of ['true', '12', '# 1: Alerts', "it's"]) {
    const manifest = yaml.parse((await print('--profile', 'direct', '--name', name)).out) as SlackManifest;
    expect(manifest.display_information.name).toBe(name);
  }
});

type Manifest = AppsManifestCreateArguments['manifest'];
type Listed<T> = T extends readonly (infer Item)[] ? Item : never;
type BotScope = Listed<NonNullable<NonNullable<NonNullable<Manifest['oauth_config']>['scopes']>['bot']>>;
type BotEvent = Listed<
  NonNullable<NonNullable<NonNullable<Manifest['settings']>['event_subscriptions']>['bot_events']>
>;
/** Slack's own type, but its lists of names, which its authors keep by hand and which lag behind. */
type WithNames<T> = T extends readonly string[]
  ? readonly string[]
  : T extends object
    ? { [K in keyof T]: WithNames<T[K]> }
    : T;

test("the manifest has the type of Slack's SDK, but for one scope and one event that are newer than its lists", () => {
  const addresses = { installation: url, directory: url, ingress: url };
  const manifest = slackManifest({ profile: 'agents', name: 'Carillon', addresses, rotation: true, org: true });
  manifest satisfies WithNames<Pick<Manifest, 'display_information' | 'features' | 'oauth_config' | 'settings'>>;
  const newer = { scope: 'assistant:write', event: 'agent_session_stopped' } satisfies {
    scope: Exclude<ScopeName, BotScope>;
    event: Exclude<SlackSubscription, BotEvent>;
  };
  expect(manifest.oauth_config.scopes.bot).toContain(newer.scope);
  expect(manifest.settings.event_subscriptions.bot_events).toContain(newer.event);
});
