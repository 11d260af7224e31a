// What an installation can do, computed from the scopes that Slack granted. Whoever needs a capability asks here, not
// for a scope. Guarantee: a capability is present only where every scope that its Slack methods need was granted.
// Source: "Scopes" of Slack's method reference, August 2026.
import type { ScopeName } from './scope-profiles.ts';

interface Capability {
  /** For an admin: what works with it. */
  title: string;
  needs: readonly ScopeName[];
}

export const capabilities = {
  direct_messages: { title: 'Send direct messages', needs: ['chat:write'] },
  match_people: { title: 'Match people by e-mail', needs: ['users:read', 'users:read.email'] },
  list_public_channels: { title: 'Offer public channels', needs: ['channels:read'] },
  list_private_channels: { title: 'Offer private channels', needs: ['groups:read'] },
  post_to_invited_channels: { title: 'Post in channels the app is invited to', needs: ['chat:write'] },
  post_to_public_channels: { title: 'Post in every public channel', needs: ['chat:write', 'chat:write.public'] },
  join_channels: { title: 'Join public channels', needs: ['channels:join'] },
  group_messages: { title: 'Write to small groups', needs: ['chat:write', 'mpim:write'] },
  custom_sender: { title: "Post under the product's name and icon", needs: ['chat:write', 'chat:write.customize'] },
  attach_files: { title: 'Attach files', needs: ['files:write'] },
  see_shared_files: { title: 'See when an attached file was shared', needs: ['files:read'] },
  find_direct_messages: { title: 'Find a lost direct message again', needs: ['im:history'] },
  find_group_messages: { title: 'Find a lost group message again', needs: ['mpim:history'] },
  find_channel_messages: { title: 'Find a lost message in a public channel again', needs: ['channels:history'] },
  find_private_channel_messages: { title: 'Find a lost message in a private channel again', needs: ['groups:history'] },
  react: { title: 'Mark messages with reactions', needs: ['reactions:write'] },
  commands: { title: 'Answer /carillon', needs: ['commands'] },
  workspace_icon: { title: "Show the workspace's icon", needs: ['team:read'] },
  mentions: { title: 'Hear when somebody mentions the app', needs: ['app_mentions:read'] },
  conversations: { title: 'Converse with people', needs: ['chat:write', 'im:history', 'assistant:write'] },
} as const satisfies Record<string, Capability>;

export type CapabilityName = keyof typeof capabilities;
export const capabilityNames = Object.keys(capabilities) as [CapabilityName, ...CapabilityName[]];

/** @param granted the scopes of the installation, as Slack granted them */
export const hasCapability = (granted: readonly string[], name: CapabilityName): boolean =>
  scopesMissingFor(granted, name).length === 0;

/** The scopes that Slack did not grant and that the capability needs. */
export const scopesMissingFor = (granted: readonly string[], name: CapabilityName): ScopeName[] =>
  capabilities[name].needs.filter((scope) => !granted.includes(scope));

/** In the order of the declaration. */
export const capabilitiesOf = (granted: readonly string[]): CapabilityName[] =>
  capabilityNames.filter((name) => hasCapability(granted, name));
