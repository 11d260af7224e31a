// The scope profiles that an admin may choose, each scope with its reason. The profile decides which scopes are
// requested; what an installation can do is computed from the scopes that Slack granted.
const direct = {
  'chat:write': 'Post the notifications that people asked for.',
  'im:write': 'Write to a person directly.',
  'users:read': 'List the people of the workspace, to find who is who.',
  'users:read.email': 'Match people by their e-mail address.',
} as const;

const inviteOnly = {
  ...direct,
  'channels:read': 'Offer public channels as destinations.',
  'groups:read': 'Offer private channels that the person who connects is in.',
  'team:read': "Show the workspace's name and icon.",
  'reactions:write': 'Mark a question as seen and answered.',
  commands: 'Answer /carillon.',
} as const;

const publicChannels = {
  ...inviteOnly,
  'chat:write.public': 'Post in public channels without being invited.',
} as const;

const full = {
  ...publicChannels,
  'channels:join': 'Join public channels that are chosen as destinations.',
  'chat:write.customize': "Post under the product's own name and icon.",
  'files:read': 'See when an attached file was shared.',
  'files:write': 'Attach files to notifications.',
  'im:read': 'Recognise direct messages with the app.',
  'mpim:read': 'Recognise group messages with the app.',
  'mpim:write': 'Write to small groups of people.',
} as const;

const agents = {
  ...full,
  'app_mentions:read': 'Hear when somebody mentions the app.',
  'channels:history': 'Read replies to the app in public channels.',
  'groups:history': 'Read replies to the app in private channels.',
  'im:history': 'Read what people write to the app.',
} as const;

export const scopeProfiles = {
  direct: { title: 'Direct messages', scopes: direct },
  invite_only: { title: 'Direct messages and channels the app is invited to', scopes: inviteOnly },
  public: { title: 'Direct messages and all public channels', scopes: publicChannels },
  full: { title: 'Everything for notifications', scopes: full },
  agents: { title: 'Notifications and conversations with the app', scopes: agents },
} as const satisfies Record<string, { title: string; scopes: Record<string, string> }>;

export type ScopeProfileName = keyof typeof scopeProfiles;
export const scopeProfileNames = Object.keys(scopeProfiles) as [ScopeProfileName, ...ScopeProfileName[]];
