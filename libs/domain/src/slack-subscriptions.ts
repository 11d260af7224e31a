// The events of Slack's that Carillon subscribes to, each with the scope that Slack demands and what it is for. The
// app's manifest, the check of what slack-ingress accepts, and the walk through a real Slack app derive from it.
// Guarantee: nothing is subscribed that is not addressed to the bot or about the installation, its people and its
// channels (row P14). Source: Slack's reference of events, August 2026. It does not say who handles an event.
import type { ScopeName } from './scope-profiles.ts';

interface Subscription {
  /** Absent: Slack sends it to every app that subscribes. Several: each of them is enough. */
  scope?: ScopeName;
  purpose: string;
}

const installation = 'Know at once when the installation changes or ends.';
const people = 'Link new people, and follow changes of their addresses.';
const channels = 'Keep the list of channels current.';

export const slackSubscriptions = {
  app_uninstalled: { purpose: installation },
  tokens_revoked: { purpose: installation },
  team_access_granted: { purpose: installation },
  team_access_revoked: { purpose: installation },
  team_domain_change: { scope: 'team:read', purpose: installation },
  team_rename: { scope: 'team:read', purpose: installation },
  grid_migration_started: { purpose: installation },
  grid_migration_finished: { purpose: installation },
  team_join: { scope: 'users:read', purpose: people },
  user_change: { scope: 'users:read', purpose: people },
  channel_created: { scope: 'channels:read', purpose: channels },
  channel_rename: { scope: 'channels:read', purpose: channels },
  channel_archive: { scope: 'channels:read', purpose: channels },
  channel_unarchive: { scope: 'channels:read', purpose: channels },
  channel_deleted: { scope: 'channels:read', purpose: channels },
  channel_left: { scope: 'channels:read', purpose: channels },
  member_joined_channel: { scope: 'channels:read', purpose: channels },
  member_left_channel: { scope: 'channels:read', purpose: channels },
  group_rename: { scope: 'groups:read', purpose: channels },
  group_archive: { scope: 'groups:read', purpose: channels },
  group_unarchive: { scope: 'groups:read', purpose: channels },
  group_deleted: { scope: 'groups:read', purpose: channels },
  group_left: { scope: 'groups:read', purpose: channels },
  app_home_opened: { purpose: 'Show the Home tab, and welcome a person once.' },
  app_mention: { scope: 'app_mentions:read', purpose: 'Hear what people ask the app in a channel.' },
  'message.im': { scope: 'im:history', purpose: 'Hear what people write to the app.' },
  agent_session_stopped: { scope: 'assistant:write', purpose: 'Stop an answer that a person stopped.' },
  app_context_changed: { scope: 'assistant:write', purpose: 'Know what a person looks at while asking.' },
} as const satisfies Record<string, Subscription>;

export type SlackSubscription = keyof typeof slackSubscriptions;

/** The subscriptions that these scopes allow, sorted. `message.im` is only for apps that answer people. */
export const subscriptionsFor = (scopes: readonly string[]): SlackSubscription[] =>
  (Object.entries(slackSubscriptions) as [SlackSubscription, Subscription][])
    .filter(
      ([name, { scope }]) =>
        scope === undefined ||
        (scopes.includes(scope) && (name !== 'message.im' || scopes.includes('assistant:write'))),
    )
    .map(([name]) => name)
    .sort();
