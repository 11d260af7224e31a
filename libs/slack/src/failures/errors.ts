// Every error that Slack documents for the methods we use, and some that are only seen in practice, by class.
// A method may read a code differently: `exceptions`. `done` there means that what was asked for is the case already.
import type { VerdictName } from './verdicts.ts';

const codesByVerdict: Partial<Record<VerdictName, readonly string[]>> = {
  rate_limited: ['ratelimited'],
  posted_too_much: ['rate_limited'],
  not_processed: ['request_timeout'],
  ambiguous: [
    'internal_error', 'fatal_error', 'service_unavailable', 'update_failed', 'file_update_failed',
    'fetch_members_failed', 'list_record_comment_fetch_failed', 'fail_to_get_teams_for_restricted_user',
  ],
  seen_before: ['duplicate_message_not_found', 'duplicate_channel_not_found'],
  migrating: ['team_added_to_org', 'org_login_required'],
  quota: ['message_limit_exceeded'],
  channel_migrating: ['external_channel_migrating'],
  token_expired: ['token_expired'],
  token_dead: ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'invalid_token'],
  scope_missing: ['missing_scope'],
  access_refused: [
    'not_allowed_token_type', 'app_access_restricted', 'access_denied', 'accesslimited', 'two_factor_setup_required',
    'enterprise_is_restricted', 'no_permission', 'team_access_not_granted', 'canvas_globally_disabled',
    'preview_feature_not_available', 'user_is_restricted',
  ],
  grant_refused: [
    'invalid_refresh_token', 'authorization_not_found', 'token_already_exchanged', 'cannot_install_an_org_installed_app',
    'user_email_unverified', 'scope_not_allowed_on_enterprise', 'unapproved_scope', 'invalid_team_for_non_distributed_app',
  ],
  destination_gone: [
    'channel_not_found', 'invalid_channel', 'is_archived', 'is_inactive', 'messages_tab_disabled', 'user_disabled',
    'user_not_found', 'users_not_found', 'user_not_visible', 'missing_user', 'cannot_dm_bot', 'team_not_found',
    'enterprise_not_found', 'org_not_found', 'team_not_on_enterprise', 'bot_not_found', 'bots_not_found',
  ],
  destination_closed: [
    'restricted_action', 'restricted_action_read_only_channel', 'restricted_action_thread_only_channel',
    'restricted_action_non_threadable_channel', 'restricted_action_thread_locked', 'cannot_reply_to_message',
    'ekm_access_denied', 'slack_connect_canvas_sharing_blocked', 'slack_connect_file_link_sharing_blocked',
    'slack_connect_lists_sharing_blocked', 'slack_connect_clip_sharing_blocked', 'send_on_behalf_not_allowed',
    'posting_to_channel_denied', 'invalid_user_combination', 'method_not_supported_for_channel_type',
    'app_cannot_join_channel', 'channel_is_limited_access', 'too_many_members', 'user_not_in_channel',
    'thread_locked', 'no_access',
  ],
  not_a_member: ['not_in_channel'],
  payload: [
    'no_text', 'invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long', 'invalid_attachments',
    'too_many_attachments', 'attachment_payload_limit_exceeded', 'too_many_contact_cards', 'markdown_text_conflict',
    'metadata_too_large', 'invalid_metadata_format', 'invalid_metadata_schema', 'metadata_must_be_sent_from_app',
    'missing_file_data', 'invalid_arg_name', 'invalid_arguments', 'missing_argument', 'invalid_array_arg',
    'invalid_charset', 'invalid_form_data', 'invalid_post_type', 'missing_post_type', 'invalid_json', 'json_not_object',
    'as_user_not_supported', 'users_list_not_supplied', 'not_enough_users', 'too_many_users', 'channels_limit_exceeded',
    'invalid_name', 'invalid_emoji', 'no_item_specified', 'bad_timestamp', 'view_too_large', 'push_limit_reached',
    'duplicate_external_id', 'invalid_time', 'time_in_past', 'time_too_far', 'restricted_too_many',
  ],
  target_gone: [
    'message_not_found', 'thread_not_found', 'cant_update_message', 'edit_window_closed', 'cant_delete_message',
    'compliance_exports_prevent_deletion', 'block_mismatch', 'cant_broadcast_message', 'no_dual_broadcast_content_update',
    'not_found', 'not_reactable', 'too_many_emoji', 'too_many_reactions', 'already_reacted', 'no_reaction',
    'file_not_found', 'file_deleted', 'file_comment_not_found', 'cant_delete_file', 'delete_not_allowed',
    'file_deleting_disabled', 'not_visible', 'template_not_visible', 'channel_canvas_deleted',
    'canvas_disabled_user_team', 'canvas_disabled_file_team',
  ],
  stale: ['expired_trigger_id', 'exchanged_trigger_id', 'invalid_trigger_id', 'trigger_expired', 'trigger_exchanged', 'hash_conflict'],
  restart_listing: ['invalid_cursor', 'pagination_not_available'],
  file_refused: [
    'file_upload_size_restricted', 'file_uploads_disabled', 'storage_limit_reached', 'file_type_not_allowed',
    'alt_txt_too_large', 'snippet_too_large', 'unknown_snippet_type', 'unknown_subtype',
  ],
  start_again: ['invalid_code', 'code_already_used', 'code_expired', 'invalid_code_verifier'],
  finish_first: ['streaming_state_conflict'],
  setup: [
    'bad_client_secret', 'invalid_client_id', 'bad_redirect_uri', 'oauth_authorization_url_mismatch', 'no_scopes',
    'invalid_grant_type', 'token_rotation_not_enabled', 'client_id_token_mismatch', 'not_enabled', 'not_bearer_token',
  ],
  defect: [
    'unknown_method', 'method_deprecated', 'deprecated_endpoint', 'is_bot', 'invalid_limit', 'limit_required',
    'invalid_types', 'invalid_ts_latest', 'invalid_ts_oldest', 'invalid_metadata_filter_keys', 'missing_profile_id',
    'not_implemented',
  ],
};

export const verdictByCode: ReadonlyMap<string, VerdictName> = new Map(
  Object.entries(codesByVerdict).flatMap(([verdict, codes]) => codes.map((code) => [code, verdict as VerdictName] as const)),
);

export const exceptions: Readonly<Record<string, Readonly<Record<string, VerdictName | 'done'>>>> = {
  'reactions.add': { already_reacted: 'done' },
  'reactions.remove': { no_reaction: 'done' },
  'chat.delete': { message_not_found: 'done' },
  'files.delete': { file_deleted: 'done' },
  'auth.revoke': { token_revoked: 'done', account_inactive: 'done' },
  'apps.uninstall': { token_revoked: 'done', account_inactive: 'done', no_permission: 'setup' },
  // Here these speak of one file or one call, not of the whole connection.
  'files.completeUploadExternal': { access_denied: 'target_gone' },
  'files.info': { access_denied: 'target_gone' },
  'files.getUploadURLExternal': { missing_argument: 'file_refused' },
  'conversations.open': { missing_argument: 'payload' },
  'oauth.v2.access': { access_denied: 'start_again' },
  'oauth.v2.exchange': { invalid_token: 'grant_refused' },
};

/** Where the sentence of the class says too little. */
export const adviceByCode: ReadonlyMap<string, string> = new Map([
  ['channel_not_found', 'Slack knows no such conversation, or the app may not see it; choose it again, or invite the app if it is private.'],
  ['is_archived', 'The channel is archived; unarchive it or choose another one.'],
  ['user_disabled', 'The person is deactivated in Slack.'],
  ['user_not_found', 'Slack knows no such person in this workspace.'],
  ['messages_tab_disabled', "Direct messages to the app are switched off; enable the Messages tab in the Slack app's settings."],
  ['account_inactive', 'The workspace or the app’s user was removed at Slack; an admin has to connect Slack again.'],
  ['token_revoked', 'The app was removed from the workspace or its token revoked; an admin has to connect Slack again.'],
  ['app_access_restricted', 'The workspace restricts this app; an admin of the workspace has to approve it.'],
  ['two_factor_setup_required', 'The workspace demands two-factor authentication of whoever installed the app.'],
  ['message_limit_exceeded', "The workspace's free plan takes no more messages for now; upgrade the plan or wait."],
  ['not_enabled', "The Home tab is switched off; enable it in the Slack app's settings."],
  ['hash_conflict', 'The view changed meanwhile; publish it again from its present state.'],
  ['users_not_found', 'No active person in this workspace has that e-mail address.'],
  ['no_scopes', 'The request to connect named no scopes.'],
  ['cannot_install_an_org_installed_app', 'The app is installed for the whole organisation; connect the organisation instead of the workspace.'],
  ['token_rotation_not_enabled', "Token rotation is switched off in the Slack app's settings."],
]);
