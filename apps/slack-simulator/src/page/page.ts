/**
 * `GET /`: the messages as people see them. It shows every conversation with messages, the one with the newest message
 * first; `?team=` and `?channel=` select one workspace or one conversation. The page refreshes itself, with and without
 * scripts. Everything that apps and tests sent is escaped.
 */
import type { Simulation } from '../simulation.ts';
import { escapeHtml as e } from '../http.ts';
import type { Channel } from '../world/channel.ts';
import type { Workspace } from '../world/workspace.ts';
import { drawMessage } from './draw-message.ts';
import { refreshScript } from './refresh-script.ts';
import { style } from './style.ts';

const mostConversations = 100;
const mostMessages = 30;
const mostMessagesAlone = 500;
const mostLinks = 200;

export function drawPage(sim: Simulation, query: URLSearchParams): string {
  const team = query.get('team');
  const only = query.get('channel');
  const workspaces = [...sim.world.workspaces.values()];
  const conversations = workspaces
    .filter((w) => team === null || w.id === team)
    .flatMap((workspace) =>
      workspace.channels
        .filter((c) => (only === null ? c.messages.length > 0 : c.id === only))
        .map((channel) => ({ workspace, channel })),
    )
    .sort((a, b) => (lastTs(a.channel) < lastTs(b.channel) ? 1 : -1))
    .slice(0, mostConversations);
  const main = conversations
    .map(({ workspace, channel }) =>
      drawConversation(sim, workspace, channel, only === null ? mostMessages : mostMessagesAlone),
    )
    .join('');
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><noscript><meta http-equiv="refresh" content="5"></noscript><title>Slack simulator</title><style>${style}</style></head><body>
<nav><a href="/"><b>Slack simulator</b></a>${workspaces.map((w) => drawWorkspaceLinks(w)).join('') || '<p class="small">No workspace yet: POST /_sim/workspaces</p>'}</nav>
<main>${main || '<p class="small">No messages yet.</p>'}</main><script>${refreshScript}</script></body></html>`;
}

function drawWorkspaceLinks(workspace: Workspace): string {
  const link = (channel: Channel) =>
    `<li><a href="/?team=${e(workspace.id)}&channel=${e(channel.id)}">${e(nameOf(workspace, channel))}</a>${channel.archived ? ' <span class="small">archived</span>' : ''}</li>`;
  const shown = (of: Channel[]) =>
    of.slice(0, mostLinks).map(link).join('') +
    (of.length > mostLinks ? `<li class="small">and ${of.length - mostLinks} more</li>` : '');
  const rooms = workspace.channels.filter((c) => c.kind === 'public_channel' || c.kind === 'private_channel');
  const direct = workspace.channels.filter((c) => c.kind === 'im' || c.kind === 'mpim');
  const { installation } = workspace.home;
  const state = !installation?.botScopes.size
    ? 'app not installed'
    : `installed: ${[...installation.botScopes].join(', ')}`;
  return `<section><h2><a href="/?team=${e(workspace.id)}">${e(workspace.name)}</a></h2><p class="small">${e(workspace.id)} · ${workspace.users.length - 1} people · ${e(state)}</p>
<h3>Channels</h3><ul>${shown(rooms)}</ul><h3>Direct messages</h3><ul>${shown(direct)}</ul></section>`;
}

function drawConversation(sim: Simulation, workspace: Workspace, channel: Channel, most: number): string {
  const shown = channel.messages.slice(-most);
  const earlier = channel.messages.length - shown.length;
  return `<section class="conversation" id="${e(workspace.id)}-${e(channel.id)}"><h2>${e(nameOf(workspace, channel))} <span class="small">${e(workspace.name)} · ${e(channel.id)}</span></h2>
${earlier > 0 ? `<p class="small">${earlier} earlier messages</p>` : ''}<div class="messages" id="messages-${e(workspace.id)}-${e(channel.id)}"><div>${shown.map((m) => drawMessage(sim, workspace, m)).join('')}</div></div></section>`;
}

function nameOf(workspace: Workspace, channel: Channel): string {
  if (channel.kind === 'im') return workspace.user(channel.person ?? '')?.name ?? channel.person ?? '';
  if (channel.kind === 'mpim')
    return [...channel.members]
      .filter((id) => id !== workspace.botUserId)
      .map((id) => workspace.user(id)?.name ?? id)
      .join(', ');
  return `${channel.kind === 'private_channel' ? '🔒' : '#'}${channel.name}`;
}

function lastTs(channel: Channel): string {
  return channel.messages.at(-1)?.ts ?? '';
}
