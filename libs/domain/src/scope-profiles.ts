// The scopes that Carillon may ask for, and the profiles that an admin may choose. A profile decides which scopes are
// requested; what an installation can do is computed from the scopes that Slack granted (capabilities.ts).
// Guarantees: each profile contains the scopes of the one before it, so that widening never takes a scope away; each
// scope has a reason that an admin can read; an optional scope may be refused at Slack, and then only the capability
// that needs it is missing. Source of the scopes: Slack's reference of methods and events, August 2026.

interface Scope {
  reason: string;
  /** Listed under `bot_optional` in the app's manifest: the person who installs may refuse it. */
  optional?: true;
}

export const scopes = {
  'chat:write': { reason: 'Post the notifications that people asked for.' },
  'im:write': { reason: 'Write to a person directly.' },
  'users:read': { reason: 'List the people of the workspace, to find who is who.' },
  'users:read.email': { reason: 'Match people by their e-mail address.' },
  'channels:read': { reason: 'Offer public channels as destinations.' },
  'groups:read': { reason: 'Offer private channels that the person who connects is in.' },
  'team:read': { reason: "Show the workspace's name and icon.", optional: true },
  'reactions:write': { reason: 'Mark a question as seen and answered.', optional: true },
  commands: { reason: 'Answer /carillon.' },
  'chat:write.public': { reason: 'Post in public channels without being invited.' },
  'channels:join': { reason: 'Join public channels that are chosen as destinations.', optional: true },
  'chat:write.customize': { reason: "Post under the product's own name and icon.", optional: true },
  'files:read': { reason: 'See when an attached file was shared.', optional: true },
  'files:write': { reason: 'Attach files to notifications.', optional: true },
  'im:read': { reason: 'Recognise direct messages with the app.' },
  'mpim:read': { reason: 'Recognise group messages with the app.' },
  'mpim:write': { reason: 'Write to small groups of people.' },
  'channels:history': {
    reason: "Find the app's own message again in a public channel when Slack's answer was lost.",
    optional: true,
  },
  'groups:history': {
    reason: "Find the app's own message again in a private channel when Slack's answer was lost.",
    optional: true,
  },
  'im:history': {
    reason:
      "Find the app's own direct message again when Slack's answer was lost, and read what people write to the app.",
    optional: true,
  },
  'mpim:history': {
    reason: "Find the app's own message again in a group when Slack's answer was lost.",
    optional: true,
  },
  'app_mentions:read': { reason: 'Hear when somebody mentions the app.' },
  'assistant:write': { reason: 'Answer people in conversations with the app.' },
} as const satisfies Record<string, Scope>;

export type ScopeName = keyof typeof scopes;

const direct = ['chat:write', 'im:write', 'users:read', 'users:read.email'] as const;
const inviteOnly = [...direct, 'channels:read', 'groups:read', 'team:read', 'reactions:write', 'commands'] as const;
const publicChannels = [...inviteOnly, 'chat:write.public'] as const;
const full = [
  ...publicChannels,
  'channels:join',
  'chat:write.customize',
  'files:read',
  'files:write',
  'im:read',
  'mpim:read',
  'mpim:write',
  'channels:history',
  'groups:history',
  'im:history',
  'mpim:history',
] as const;
const agents = [...full, 'app_mentions:read', 'assistant:write'] as const;

export const scopeProfiles = {
  direct: { title: 'Direct messages', scopes: direct },
  invite_only: { title: 'Direct messages and channels the app is invited to', scopes: inviteOnly },
  public: { title: 'Direct messages and all public channels', scopes: publicChannels },
  full: { title: 'Everything for notifications', scopes: full },
  agents: { title: 'Notifications and conversations with the app', scopes: agents },
} as const satisfies Record<string, { title: string; scopes: readonly ScopeName[] }>;

export type ScopeProfileName = keyof typeof scopeProfiles;
export const scopeProfileNames = Object.keys(scopeProfiles) as [ScopeProfileName, ...ScopeProfileName[]];

/** Whether the person who installs the app may refuse the scope. */
export const isOptionalScope = (scope: ScopeName): boolean => 'optional' in scopes[scope];
