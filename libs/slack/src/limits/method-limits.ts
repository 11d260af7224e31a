// How often Slack lets each method that we use be called, as data: per method, workspace and app, in a minute.
// Where Slack's reference and its Java SDK differ, the lower number is used. "Special" methods have their own numbers.

export type Tier = 1 | 2 | 3 | 4 | 'special';

export interface MethodLimit {
  readonly tier: Tier;
  readonly perMinute: number;
}

const tier1: MethodLimit = { tier: 1, perMinute: 1 };
const tier2: MethodLimit = { tier: 2, perMinute: 20 };
const tier3: MethodLimit = { tier: 3, perMinute: 50 };
const tier4: MethodLimit = { tier: 4, perMinute: 100 };
const special = (perMinute: number): MethodLimit => ({ tier: 'special', perMinute });

/** Posting has two limits of its own: per channel, and a cap per workspace that Slack does not publish. */
export const postingLimits = {
  channelPerSecond: 1,
  /** The first pace; refusals of Slack lower it. */
  workspacePerMinute: 600,
  workspaceBurst: 60,
} as const;

export const methodLimits: Readonly<Record<string, MethodLimit>> = {
  'apps.uninstall': tier1,
  'auth.revoke': tier3,
  'auth.teams.list': tier2,
  'auth.test': special(600),
  'bots.info': tier3,
  'chat.delete': tier3,
  'chat.getPermalink': special(600),
  'chat.postEphemeral': tier4,
  'chat.postMessage': special(postingLimits.workspacePerMinute),
  'chat.scheduleMessage': tier3,
  'chat.update': tier3,
  'conversations.history': tier3,
  'conversations.info': tier3,
  'conversations.join': tier3,
  'conversations.list': tier2,
  'conversations.members': tier4,
  'conversations.open': tier3,
  'conversations.replies': tier3,
  'files.completeUploadExternal': tier4,
  'files.delete': tier3,
  'files.getUploadURLExternal': tier4,
  'files.info': tier4,
  'oauth.v2.access': special(100),
  'oauth.v2.exchange': tier3,
  'openid.connect.token': tier4,
  'openid.connect.userInfo': tier3,
  'reactions.add': tier3,
  'reactions.get': tier3,
  'reactions.remove': tier2,
  'team.info': tier3,
  'users.conversations': tier2,
  'users.info': tier4,
  'users.list': tier2,
  'users.lookupByEmail': tier3,
  'views.open': tier4,
  'views.publish': tier4,
  'views.push': tier4,
  'views.update': tier4,
};

/**
 * The limits of reading history for an app that is distributed commercially outside Slack's Marketplace (since
 * 2025-05-29): `conversations.history` and `conversations.replies` once a minute, 15 messages at most.
 */
export const restrictedHistory = { perMinute: 1, maxItems: 15 } as const;

/** The limit of any method: one that is not in the table gets Slack's lowest tier. */
export function methodLimitOf(method: string): MethodLimit {
  return Object.hasOwn(methodLimits, method) ? (methodLimits[method] ?? tier1) : tier1;
}
