/** The scopes that the authorize page knows, in the words it shows to people. */
export const scopeWords: Record<string, string> = {
  'app_mentions:read': 'View messages that mention the app',
  'assistant:write': 'Act as an app agent',
  'bookmarks:read': 'List bookmarks',
  'bookmarks:write': 'Create, edit and remove bookmarks',
  'calls:read': 'View information about calls',
  'calls:write': 'Start and manage calls',
  'canvases:read': 'View canvases',
  'canvases:write': 'Create and edit canvases',
  'channels:history': 'View messages in public channels that the app was added to',
  'channels:join': 'Join public channels',
  'channels:manage': 'Manage public channels',
  'channels:read': 'View basic information about public channels',
  'channels:write.invites': 'Invite people to public channels',
  'channels:write.topic': 'Set the description of public channels',
  'chat:write': 'Send messages as the app',
  'chat:write.customize': 'Send messages with a customised name and picture',
  'chat:write.public': 'Send messages to public channels the app is not a member of',
  commands: 'Add shortcuts and slash commands',
  'conversations.connect:manage': 'Approve shared channel invitations',
  'conversations.connect:read': 'Receive shared channel invitations',
  'conversations.connect:write': 'Create shared channel invitations',
  'datastore:read': 'View data of the app in a datastore',
  'datastore:write': 'Write data of the app to a datastore',
  'dnd:read': 'View Do Not Disturb settings',
  'emoji:read': 'View custom emoji',
  'files:read': 'View files shared where the app was added',
  'files:write': 'Upload, edit and delete files',
  'groups:history': 'View messages in private channels that the app was added to',
  'groups:read': 'View basic information about private channels that the app was added to',
  'groups:write': 'Manage private channels that the app was added to',
  'groups:write.invites': 'Invite people to private channels',
  'groups:write.topic': 'Set the description of private channels',
  'im:history': 'View direct messages with the app',
  'im:read': 'View basic information about direct messages with the app',
  'im:write': 'Start direct messages with people',
  'incoming-webhook': 'Post to one channel',
  'links.embed:write': 'Embed video players in messages',
  'links:read': 'View URLs in messages',
  'links:write': 'Show previews of URLs in messages',
  'lists:read': 'View lists',
  'lists:write': 'Create and edit lists',
  'metadata.message:read': 'View metadata of messages',
  'mpim:history': 'View group direct messages that the app was added to',
  'mpim:read': 'View basic information about group direct messages',
  'mpim:write': 'Start group direct messages with people',
  'mpim:write.invites': 'Invite people to group direct messages',
  'mpim:write.topic': 'Set the description of group direct messages',
  'pins:read': 'View pinned content',
  'pins:write': 'Add and remove pinned content',
  'reactions:read': 'View emoji reactions',
  'reactions:write': 'Add and edit emoji reactions',
  'reminders:read': 'View reminders that the app created',
  'reminders:write': 'Add and remove reminders',
  'remote_files:read': 'View remote files',
  'remote_files:share': 'Share remote files',
  'remote_files:write': 'Add, edit and delete remote files',
  'search:read.files': 'Search files',
  'search:read.public': 'Search public channels',
  'search:read.users': 'Search people',
  'team.billing:read': 'View the workspace’s plan',
  'team.preferences:read': 'View the workspace’s preferences',
  'team:read': 'View the workspace’s name, domain and icon',
  'triggers:read': 'View triggers of workflows',
  'triggers:write': 'Create and edit triggers of workflows',
  'usergroups:read': 'View user groups',
  'usergroups:write': 'Manage user groups',
  'users.profile:read': 'View profile details',
  'users:read': 'View people in the workspace',
  'users:read.email': 'View e-mail addresses of people in the workspace',
  'users:write': 'Set the app’s presence',
  'workflow.steps:execute': 'Add steps to workflows',
};

/** Scopes of a person's own token, beyond those above. */
export const userOnlyScopes: ReadonlySet<string> = new Set([
  'channels:write',
  'search:read',
  'identify',
  'users.profile:write',
  'stars:read',
  'admin',
]);

export const signInScopes: Record<string, string> = {
  openid: 'Know who you are in Slack',
  email: 'View your e-mail address',
  profile: 'View your name and picture',
};

export function splitScopes(scope: string | undefined): string[] {
  return [...new Set((scope ?? '').split(/[,\s]+/).filter((s) => s !== ''))];
}

/** The first scope that can't be asked for, if any. */
export function unknownScope(bot: readonly string[], user: readonly string[]): string | undefined {
  const signIn = user.filter((s) => s in signInScopes);
  if (signIn.length > 0 && (bot.length > 0 || signIn.length < user.length)) return signIn[0];
  return (
    bot.find((s) => !(s in scopeWords)) ??
    user.find((s) => !(s in scopeWords) && !userOnlyScopes.has(s) && !(s in signInScopes))
  );
}
