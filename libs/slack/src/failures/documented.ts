// What Slack documents, method by method (its reference, to 2026-08-20): the yardstick for the table in `errors.ts`.
// Used by the specs alone; a code that Slack adds is added here first and fails until it has a class.

/** Errors that any method may give. */
export const documentedForAll = [
  'ratelimited', 'unknown_method', 'access_denied', 'account_inactive', 'deprecated_endpoint', 'ekm_access_denied',
  'enterprise_is_restricted', 'is_bot', 'method_deprecated', 'missing_scope', 'not_allowed_token_type', 'not_authed',
  'no_permission', 'org_login_required', 'token_expired', 'token_revoked', 'two_factor_setup_required', 'accesslimited',
  'fatal_error', 'invalid_arg_name', 'invalid_array_arg', 'invalid_charset', 'invalid_form_data', 'invalid_post_type',
  'missing_post_type', 'request_timeout', 'service_unavailable', 'team_added_to_org', 'internal_error', 'invalid_auth',
  'invalid_arguments', 'team_access_not_granted', 'invalid_json', 'json_not_object', 'app_access_restricted',
];

const views = ['duplicate_external_id', 'view_too_large'];
const triggers = ['exchanged_trigger_id', 'expired_trigger_id', 'invalid_trigger_id'];
const posting = [
  'channel_not_found', 'invalid_blocks', 'invalid_blocks_format', 'is_archived', 'markdown_text_conflict',
  'message_limit_exceeded', 'no_text', 'not_in_channel', 'restricted_action', 'too_many_attachments',
];
const metadata = ['invalid_metadata_format', 'invalid_metadata_schema', 'metadata_must_be_sent_from_app', 'metadata_too_large'];
const listing = ['invalid_cursor', 'invalid_limit'];
const grants = [
  'bad_client_secret', 'bad_redirect_uri', 'cannot_install_an_org_installed_app', 'invalid_client_id', 'invalid_code',
  'invalid_grant_type', 'invalid_refresh_token', 'oauth_authorization_url_mismatch', 'preview_feature_not_available',
];

export const documentedByMethod: Readonly<Record<string, readonly string[]>> = {
  'chat.postMessage': [
    ...posting, ...metadata, 'as_user_not_supported', 'duplicate_channel_not_found', 'duplicate_message_not_found',
    'messages_tab_disabled', 'msg_blocks_too_long', 'rate_limited', 'restricted_action_non_threadable_channel',
    'restricted_action_read_only_channel', 'restricted_action_thread_locked', 'restricted_action_thread_only_channel',
    'slack_connect_canvas_sharing_blocked', 'slack_connect_file_link_sharing_blocked',
    'slack_connect_lists_sharing_blocked', 'team_not_found', 'too_many_contact_cards', 'cannot_reply_to_message',
    'missing_file_data', 'attachment_payload_limit_exceeded',
  ],
  'chat.update': [
    ...metadata, 'as_user_not_supported', 'block_mismatch', 'cant_broadcast_message', 'cant_update_message',
    'channel_not_found', 'edit_window_closed', 'external_channel_migrating', 'invalid_attachments', 'invalid_blocks',
    'is_inactive', 'markdown_text_conflict', 'message_not_found', 'msg_too_long', 'no_dual_broadcast_content_update',
    'no_text', 'slack_connect_file_link_sharing_blocked', 'team_not_found', 'too_many_attachments', 'update_failed',
    'invalid_blocks_format', 'streaming_state_conflict',
  ],
  'chat.delete': ['cant_delete_message', 'channel_not_found', 'message_not_found', 'compliance_exports_prevent_deletion'],
  'chat.postEphemeral': [
    ...posting, 'messages_tab_disabled', 'msg_too_long', 'user_not_in_channel', 'invalid_attachments', 'cannot_reply_to_message',
  ],
  'chat.scheduleMessage': [
    ...posting, ...metadata, 'invalid_time', 'msg_too_long', 'rate_limited', 'restricted_action_non_threadable_channel',
    'restricted_action_read_only_channel', 'restricted_action_thread_only_channel', 'restricted_too_many',
    'slack_connect_file_link_sharing_blocked', 'time_in_past', 'time_too_far', 'invalid_token',
  ],
  'chat.getPermalink': ['channel_not_found', 'message_not_found'],
  'conversations.open': [
    'channel_not_found', 'invalid_user_combination', 'method_not_supported_for_channel_type', 'not_enough_users',
    'restricted_action', 'too_many_users', 'user_disabled', 'user_not_found', 'user_not_visible',
    'users_list_not_supplied', 'app_cannot_join_channel',
  ],
  'conversations.join': [
    'channel_is_limited_access', 'channel_not_found', 'is_archived', 'method_not_supported_for_channel_type',
    'too_many_members', 'user_is_restricted',
  ],
  'conversations.list': [...listing, 'invalid_types', 'method_not_supported_for_channel_type', 'missing_argument'],
  'conversations.info': ['channel_not_found'],
  'conversations.history': [
    'channel_is_limited_access', 'channel_not_found', 'invalid_cursor', 'invalid_metadata_filter_keys',
    'invalid_ts_latest', 'invalid_ts_oldest', 'not_in_channel', 'restricted_action', 'pagination_not_available',
  ],
  'conversations.replies': [
    'channel_not_found', 'invalid_cursor', 'invalid_metadata_filter_keys', 'invalid_ts_latest', 'invalid_ts_oldest',
    'thread_not_found', 'method_not_supported_for_channel_type', 'list_record_comment_fetch_failed',
  ],
  'conversations.members': [...listing, 'channel_not_found', 'fetch_members_failed', 'method_not_supported_for_channel_type'],
  'users.list': ['invalid_cursor', 'limit_required', 'missing_argument'],
  'users.info': ['too_many_users', 'user_not_found', 'user_not_visible'],
  'users.lookupByEmail': ['enterprise_is_restricted', 'users_not_found'],
  'users.conversations': [...listing, 'invalid_types', 'method_not_supported_for_channel_type', 'missing_argument'],
  'files.getUploadURLExternal': [
    'alt_txt_too_large', 'file_upload_size_restricted', 'file_uploads_disabled', 'missing_argument', 'snippet_too_large',
    'storage_limit_reached', 'unknown_snippet_type', 'unknown_subtype',
  ],
  'files.completeUploadExternal': [
    'access_denied', 'channel_not_found', 'file_not_found', 'file_update_failed', 'invalid_blocks', 'invalid_channel',
    'not_in_channel', 'posting_to_channel_denied', 'channels_limit_exceeded', 'file_type_not_allowed',
  ],
  'files.info': [
    'access_denied', 'file_deleted', 'channel_canvas_deleted', 'file_not_found', 'canvas_globally_disabled',
    'canvas_disabled_user_team', 'canvas_disabled_file_team', 'not_visible', 'template_not_visible',
    'slack_connect_canvas_sharing_blocked',
  ],
  'files.delete': ['cant_delete_file', 'delete_not_allowed', 'file_deleted', 'file_deleting_disabled', 'file_not_found'],
  'reactions.add': [
    'already_reacted', 'bad_timestamp', 'channel_not_found', 'external_channel_migrating', 'invalid_name', 'is_archived',
    'message_not_found', 'no_item_specified', 'not_reactable', 'thread_locked', 'too_many_emoji', 'too_many_reactions',
    'no_access', 'file_not_found', 'file_comment_not_found',
  ],
  'reactions.remove': [
    'bad_timestamp', 'channel_not_found', 'external_channel_migrating', 'file_not_found', 'file_comment_not_found',
    'invalid_name', 'message_not_found', 'no_item_specified', 'no_reaction', 'thread_locked',
  ],
  'reactions.get': ['bad_timestamp', 'channel_not_found', 'file_comment_not_found', 'file_not_found', 'message_not_found', 'no_item_specified'],
  'views.open': [...views, ...triggers],
  'views.push': [...views, ...triggers, 'not_found', 'push_limit_reached'],
  'views.update': [...views, 'hash_conflict', 'not_found'],
  'views.publish': [...views, 'hash_conflict', 'missing_profile_id', 'not_allowed_token_type', 'not_enabled', 'not_implemented'],
  'team.info': [
    'enterprise_not_found', 'fail_to_get_teams_for_restricted_user', 'missing_user', 'org_not_found', 'team_not_found',
    'team_not_on_enterprise', 'user_not_found',
  ],
  'bots.info': ['bot_not_found', 'bots_not_found', 'missing_argument'],
  'auth.test': ['internal_error', 'invalid_auth'],
  'auth.revoke': ['internal_error', 'not_bearer_token'],
  'auth.teams.list': [...listing, 'invalid_auth', 'internal_error'],
  'oauth.v2.access': [...grants, 'no_scopes', 'user_email_unverified', 'invalid_code_verifier'],
  'oauth.v2.exchange': [
    'authorization_not_found', 'bad_client_secret', 'internal_error', 'invalid_client_id', 'invalid_token',
    'token_already_exchanged', 'token_rotation_not_enabled',
  ],
  'openid.connect.token': grants,
  'openid.connect.userInfo': [],
  'apps.uninstall': ['bad_client_secret', 'client_id_token_mismatch', 'internal_error', 'invalid_client_id', 'no_permission'],
};
