// The manifest from which Slack creates the app: what it may do, which events it gets, and where Slack reaches us.
// Guarantees: scopes and events are those that libs/domain declares; no event is subscribed without its scope; the
// order of the keys is the same each time. Every scope is in `bot`; those that an admin may refuse are in
// `bot_optional` as well, as Slack demands ("Installing with OAuth", "Optional scopes"). PKCE stays off: it would make
// the app a public client for good, and its refresh tokens would expire after 30 days ("Using PKCE").
// Source: Slack's app manifest reference, summer 2026. It does not send the manifest to Slack.
import {
  isOptionalScope,
  scopeProfiles,
  subscriptionsFor,
  type ScopeName,
  type ScopeProfileName,
} from '@carillon/domain';
import type { Addresses } from './addresses.ts';

export interface ManifestChoices {
  profile: ScopeProfileName;
  name: string;
  addresses: Addresses;
  /** Bot tokens expire after 12 hours and are exchanged. Slack does not let anybody switch this off again. */
  rotation: boolean;
  /** An admin of an Enterprise organisation may install the app for several workspaces at once. */
  org: boolean;
}

export type SlackManifest = ReturnType<typeof slackManifest>;

export function slackManifest({ profile, name, addresses, rotation, org }: ManifestChoices) {
  const { installation, directory, ingress } = addresses;
  const bot: ScopeName[] = [...scopeProfiles[profile].scopes];
  const optional = bot.filter(isOptionalScope);
  const hasCommand = bot.includes('commands');
  const isAgent = bot.includes('assistant:write');
  return {
    _metadata: { major_version: 1, minor_version: 1 },
    display_information: {
      name,
      description: 'Notifications from your products, sent to each person the way that person chose.',
      long_description: longDescription(name),
      background_color: '#1d3557',
    },
    features: {
      app_home: {
        home_tab_enabled: hasCommand || isAgent,
        messages_tab_enabled: true,
        messages_tab_read_only_enabled: !isAgent,
      },
      ...(isAgent && { agent_view: { agent_description: agentDescription } }),
      bot_user: { display_name: name, always_online: true },
      // Slack refuses an empty list.
      ...(hasCommand && {
        slash_commands: [
          {
            command: '/carillon',
            url: `${ingress}/slack/commands`,
            description: 'See and change which notifications you get.',
            should_escape: false,
          },
        ],
      }),
    },
    oauth_config: {
      redirect_urls: [
        `${installation}/slack/oauth/callback`,
        ...(directory === undefined ? [] : [`${directory}/slack/openid/callback`]),
      ],
      scopes: { bot, ...(optional.length > 0 && { bot_optional: optional }) },
    },
    settings: {
      event_subscriptions: { request_url: `${ingress}/slack/events`, bot_events: subscriptionsFor(bot) },
      interactivity: {
        is_enabled: true,
        request_url: `${ingress}/slack/interactions`,
        message_menu_options_url: `${ingress}/slack/options`,
      },
      org_deploy_enabled: org,
      socket_mode_enabled: false,
      token_rotation_enabled: rotation,
    },
  };
}

/** Slack takes 300 characters. */
const agentDescription = 'Ask about your notifications. The agent of the product that sent them answers.';

/** Slack takes 175 to 4,000 characters. */
const longDescription = (name: string): string =>
  `${name} sends the notifications of your products to Slack. Each person chooses which notifications to get, where and when. ` +
  'The app asks only for the permissions of the profile that was chosen for it, and has a reason for each of them. ' +
  'When an admin removes the app from the workspace, its access ends.';
