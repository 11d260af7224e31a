// The types of events that Slack documents and Carillon does not subscribe to. Slack sends one only where the app was
// configured with more than Carillon's manifest asks for. Source: Slack's reference of events, August 2026, and the
// types of @slack/types 3.2
import { slackSubscriptions } from '@carillon/domain';

const documented = `
app_deleted app_installed app_requested app_uninstalled_team agent_session_title_changed
assistant_thread_context_changed assistant_thread_started call_rejected
channel_history_changed channel_id_changed channel_shared channel_unshared dnd_updated dnd_updated_user
email_domain_changed emoji_changed entity_details_requested file_change file_comment_deleted file_created file_deleted
file_public file_shared file_unshared function_executed group_close group_history_changed group_open im_close im_created
im_history_changed im_open invite_requested link_shared message message_metadata_deleted message_metadata_posted
message_metadata_updated pin_added pin_removed reaction_added reaction_removed shared_channel_invite_accepted
shared_channel_invite_approved shared_channel_invite_declined shared_channel_invite_received
shared_channel_invite_requested star_added star_removed subteam_created subteam_members_changed subteam_self_added
subteam_self_removed subteam_updated user_huddle_changed user_profile_changed user_status_changed workflow_deleted
workflow_published workflow_step_deleted workflow_step_execute workflow_unpublished`;

const unsubscribed = new Set(documented.trim().split(/\s+/));

/**
 * Whether an event is published: what Carillon subscribes to, and types that Slack added later. A message counts only
 * where it was written to the bot itself.
 */
export function isWanted(event: { type: string; channel_type?: string | undefined }): boolean {
  if (event.type === 'message') return event.channel_type === 'im';
  return event.type in slackSubscriptions || !unsubscribed.has(event.type);
}
