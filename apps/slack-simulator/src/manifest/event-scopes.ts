/**
 * The events to which a bot can subscribe, each with the scopes that it needs; any one of several is enough. Source:
 * Slack's reference of events, August 2026, without those of RTM, user tokens and the old workspace apps.
 */
const everyHistory = ['channels:history', 'groups:history', 'im:history', 'mpim:history'];

const byScopes: readonly (readonly [scopes: readonly string[], events: string])[] = [
  [
    [],
    `app_home_opened app_uninstalled tokens_revoked team_access_granted team_access_revoked grid_migration_started
    grid_migration_finished app_rate_limited app_requested call_rejected channel_id_changed function_executed
    shared_channel_invite_requested entity_details_requested message.app_home app_deleted app_installed
    app_uninstalled_team workflow_deleted workflow_published workflow_unpublished workflow_step_deleted`,
  ],
  [['app_mentions:read'], 'app_mention'],
  [
    ['assistant:write'],
    `assistant_thread_started assistant_thread_context_changed agent_session_stopped agent_session_title_changed
    app_context_changed`,
  ],
  [['channels:history'], 'message.channels'],
  [['groups:history'], 'message.groups group_history_changed'],
  [['im:history'], 'message.im im_history_changed'],
  [['mpim:history'], 'message.mpim'],
  [['channels:history', 'groups:history', 'mpim:history'], 'channel_history_changed'],
  [everyHistory, 'message'],
  [['channels:read'], 'channel_archive channel_created channel_deleted channel_left channel_rename channel_unarchive'],
  [['channels:read', 'groups:read'], 'channel_shared channel_unshared member_left_channel'],
  [['channels:read', 'groups:read', 'mpim:read'], 'member_joined_channel'],
  [['groups:read'], 'group_archive group_close group_deleted group_left group_open group_rename group_unarchive'],
  [['im:read'], 'im_close im_created im_open'],
  [['conversations.connect:read', 'conversations.connect:write'], 'shared_channel_invite_received'],
  [
    ['conversations.connect:manage'],
    'shared_channel_invite_accepted shared_channel_invite_approved shared_channel_invite_declined',
  ],
  [['dnd:read'], 'dnd_updated dnd_updated_user'],
  [['emoji:read'], 'emoji_changed'],
  [
    ['files:read'],
    `file_change file_comment_added file_comment_deleted file_comment_edited file_created file_deleted file_public
    file_shared file_unshared`,
  ],
  [['links:read'], 'link_shared'],
  [['metadata.message:read'], 'message_metadata_deleted message_metadata_posted message_metadata_updated'],
  [['pins:read'], 'pin_added pin_removed'],
  [['reactions:read'], 'reaction_added reaction_removed'],
  [['team:read'], 'email_domain_changed team_domain_change team_rename'],
  [
    ['usergroups:read'],
    'subteam_created subteam_members_changed subteam_self_added subteam_self_removed subteam_updated',
  ],
  [['users:read'], 'team_join user_change user_huddle_changed'],
  [['users.profile:read', 'users:read'], 'user_profile_changed user_status_changed'],
  [['workflow.steps:execute'], 'workflow_step_execute'],
];

export const eventScopes: ReadonlyMap<string, readonly string[]> = new Map(
  byScopes.flatMap(([scopes, events]) => events.split(/\s+/).map((event) => [event, scopes] as const)),
);
