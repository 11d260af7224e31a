/** A conversation as Slack writes it. */
import type { Channel } from '../world/channel.ts';
import type { Workspace } from '../world/workspace.ts';

export function conversationObject(
  workspace: Workspace,
  channel: Channel,
  reader: string,
  withMembers: boolean,
): Record<string, unknown> {
  if (channel.kind === 'im') {
    return {
      id: channel.id,
      created: channel.created,
      is_archived: false,
      is_im: true,
      is_org_shared: false,
      context_team_id: workspace.id,
      updated: channel.updated,
      user: channel.person,
      is_user_deleted: workspace.user(channel.person ?? '')?.deleted ?? false,
      priority: 0,
    };
  }
  const empty = { value: '', creator: '', last_set: 0 };
  return {
    id: channel.id,
    name: channel.name,
    name_normalized: channel.name,
    is_channel: channel.kind !== 'mpim',
    is_group: channel.kind !== 'public_channel',
    is_im: false,
    is_mpim: channel.kind === 'mpim',
    is_private: channel.private,
    created: channel.created,
    creator: '',
    is_archived: channel.archived,
    is_general: channel.name === 'general',
    unlinked: 0,
    is_shared: false,
    is_ext_shared: false,
    is_org_shared: false,
    pending_shared: [],
    is_pending_ext_shared: false,
    context_team_id: workspace.id,
    updated: channel.updated,
    is_member: channel.members.has(reader),
    topic: empty,
    purpose: empty,
    previous_names: [],
    ...(withMembers ? { num_members: channel.members.size } : {}),
  };
}
