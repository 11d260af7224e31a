import { expect, test } from '@jest/globals';
import { sampleManifest } from '../testing/manifest.ts';
import { checkManifest } from './check-manifest.ts';

/** The places of the problems after these changes. `undefined` removes a field, as JSON does. */
function problemsWith(changes: Record<string, unknown>): string[] {
  const manifest = sampleManifest() as unknown as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split('.');
    const last = keys.pop() ?? '';
    const holder = keys.reduce((at, key) => at[key] as Record<string, unknown>, manifest);
    holder[last] = value;
  }
  const checked = checkManifest(JSON.stringify(manifest));
  return 'errors' in checked ? checked.errors.map((e) => e.path) : [];
}

test('a complete manifest is accepted, as an object and as JSON', () => {
  expect(checkManifest(sampleManifest())).toEqual({ manifest: sampleManifest() });
  expect(checkManifest(JSON.stringify(sampleManifest()))).toEqual({ manifest: sampleManifest() });
  expect(checkManifest('display_information:\n  name: Zork')).toMatchObject({ errors: [{ path: '' }] });
});

test.each([
  ['without a name', 'display_information.name', undefined],
  ['with a long name', 'display_information.name', 'x'.repeat(36)],
  ['with a short long description', 'display_information.long_description', 'x'],
  ['without bot scopes', 'oauth_config.scopes.bot', undefined],
  ['with an unknown scope', 'oauth_config.scopes.bot.1', 'chat:shout'],
  ['with an optional scope that it does not ask for', 'oauth_config.scopes.bot_optional.1', 'files:read'],
  ['with a redirect that is not https', 'oauth_config.redirect_urls.2', 'http://app.test/'],
  ['without a bot user', 'features.bot_user', undefined],
  ['with a command without URL', 'features.slash_commands.0.url', undefined],
  ['with an agent without its scope', 'features.agent_view', {}],
  ['with events without a URL', 'settings.event_subscriptions.request_url', undefined],
  ['with an unknown event', 'settings.event_subscriptions.bot_events.0', 'app_sneezed'],
  ['with an event without its scope', 'settings.event_subscriptions.bot_events.3', 'message.im'],
  ['with an event twice', 'settings.event_subscriptions.bot_events.3', 'team_join'],
  ['with interactivity without a URL', 'settings.interactivity.request_url', undefined],
  ['with an unknown key at the top', 'settigns', {}],
  ['with an unknown key below', 'features.bot_user.displayname', 'x'],
])('a manifest %s is refused', (_, path, value) => {
  expect(problemsWith({ [path]: value })).toEqual([path]);
});

test('every problem is told at once', () => {
  const scopes = {
    'oauth_config.scopes.bot': ['chat:write'],
    'oauth_config.scopes.bot_optional': undefined,
    'features.bot_user': undefined,
  };
  expect(problemsWith(scopes)).toEqual([
    'features.bot_user',
    'features.slash_commands',
    'settings.event_subscriptions.bot_events.1',
    'settings.event_subscriptions.bot_events.2',
  ]);
});

test('socket mode needs no URLs, and an optional scope is enough for a feature', () => {
  expect(
    problemsWith({
      'settings.socket_mode_enabled': true,
      'settings.event_subscriptions.request_url': undefined,
      'settings.interactivity.request_url': undefined,
      'features.slash_commands.0.url': undefined,
      'features.agent_view': { agent_description: 'Answers' },
      'oauth_config.scopes.bot.4': 'assistant:write',
      'oauth_config.scopes.bot_optional.1': 'assistant:write',
    }),
  ).toEqual([]);
});
