/**
 * Finds the conversation of a post by Slack's rules: a channel id or name, a D… id, or a person's id, which means the
 * direct message between the app and that person.
 */
import type { Channel } from '../world/channel.ts';
import { slackbotId } from '../world/user.ts';
import { type Answer, type Call, refuse } from './call.ts';

export type Found = { channel: Channel } | { refusal: Answer };

/** For posting: a person's id opens the direct message. */
export function destination(call: Call, address: string | undefined): Found {
  const { workspace } = call;
  if (address === undefined) return { refusal: refuse('channel_not_found') };
  const first = address.charCodeAt(0);
  if (first === 85 /* U */ || first === 87 /* W */) {
    const user = workspace.user(address);
    if (user !== undefined) return directTo(call, address);
  }
  // A name is unique in a workspace alone.
  if (call.home.kind === 'org' && !/^[CDGUW][A-Z0-9]+$/.test(address)) return { refusal: refuse('team_not_found') };
  const channel =
    workspace.channel(address) ?? workspace.channelByName(address.startsWith('#') ? address.slice(1) : address);
  if (channel === undefined || !visible(call, channel)) return { refusal: refuse('channel_not_found') };
  if (channel.archived) return { refusal: refuse('is_archived') };
  if (!channel.members.has(call.token.user)) {
    const open = channel.kind === 'public_channel' && call.token.scopes.has('chat:write.public');
    if (!open) return { refusal: refuse('not_in_channel') };
  }
  return { channel };
}

/**
 * As at Slack, a direct message that exists accepts messages after its person was deactivated; a new one can't be
 * opened.
 */
function directTo(call: Call, person: string): Found {
  const { workspace, home } = call;
  const existing = workspace.existingDirect(person, home.ownBot.user);
  if (existing !== undefined) return { channel: existing };
  const user = workspace.user(person)!;
  if (user.bot || person === slackbotId) return { refusal: refuse('cannot_dm_bot') };
  if (user.deleted) return { refusal: refuse('channel_not_found') };
  return { channel: workspace.direct(person, home.ownBot.user) };
}

/** A private conversation is not visible to those who are not in it. */
export function visible(call: Call, channel: Channel): boolean {
  return channel.kind === 'public_channel' || channel.members.has(call.token.user);
}

/** For all methods but posting, which accept only a conversation's id. */
export function conversation(call: Call, id: string | undefined): Channel | undefined {
  const channel = id === undefined ? undefined : call.workspace.channel(id);
  return channel !== undefined && visible(call, channel) ? channel : undefined;
}
