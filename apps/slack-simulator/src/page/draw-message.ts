/** One message with its sender, content, files, reactions and thread mark. */
import type { Simulation } from '../simulation.ts';
import { escapeHtml as e } from '../http.ts';
import type { Message } from '../world/message.ts';
import type { Workspace } from '../world/workspace.ts';
import { everyShare, fileObject } from '../web-api/file-object.ts';
import { drawBlocks } from './draw-blocks.ts';
import { drawEmoji, drawMrkdwn } from './draw-text.ts';

export function drawMessage(sim: Simulation, workspace: Workspace, message: Message): string {
  const author = workspace.user(message.author);
  const name = message.username ?? author?.name ?? message.author;
  const badge = message.botId === undefined ? '' : '<span class="badge">APP</span>';
  const at = new Date(Number(message.ts) * 1000).toISOString();
  const only =
    message.ephemeralTo === undefined
      ? ''
      : `<div class="small">Only visible to ${e(workspace.user(message.ephemeralTo)?.name ?? message.ephemeralTo)}</div>`;
  if (message.deleted)
    return `<article class="deleted" id="m${e(message.ts)}"><div><span class="small">This message was deleted.</span></div></article>`;
  return `<article id="m${e(message.ts)}"${message.threadTs === undefined ? '' : ' class="reply"'}><div class="avatar" aria-hidden="true">${drawAvatar(message, name)}</div><div>${only}
<div><b>${e(name)}</b> ${badge} <time class="small" datetime="${at}" title="${e(message.ts)}">${at.slice(11, 19)}</time></div>
<div class="content">${drawContent(workspace, message)}${message.edited === undefined ? '' : ' <span class="small">(edited)</span>'}</div>${drawFiles(sim, message)}${drawReactions(message)}${drawReplies(message)}</div></article>`;
}

function drawAvatar(message: Message, name: string): string {
  const emoji = message.icons?.emoji;
  return emoji === undefined ? e(name.slice(0, 1).toUpperCase()) : drawEmoji(emoji.replaceAll(':', ''));
}

/** With blocks, the text is only what notifications show. */
function drawContent(workspace: Workspace, message: Message): string {
  const body =
    message.blocks === undefined ? drawMrkdwn(workspace, message.text) : drawBlocks(workspace, message.blocks);
  const attachments = (message.attachments ?? []).map((attachment) => {
    const { text, fallback, title, pretext, blocks } = (attachment ?? {}) as Record<string, unknown>;
    const words = [pretext, title, text ?? fallback]
      .filter((w): w is string => typeof w === 'string')
      .map((w) => drawMrkdwn(workspace, w));
    return `<blockquote>${words.join('<br>')}${Array.isArray(blocks) ? drawBlocks(workspace, blocks) : ''}</blockquote>`;
  });
  return body + attachments.join('');
}

function drawFiles(sim: Simulation, message: Message): string {
  return (message.files ?? [])
    .flatMap((id) => fileObject(sim.world.files.get(id), everyShare))
    .map((file) => {
      const url = e(String(file.url_private));
      const title = e(String(file.title));
      const picture = String(file.mimetype).startsWith('image/')
        ? `<img src="${url}" alt="${e(String(file.alt_txt ?? file.title))}">`
        : '📄 ';
      return `<div class="file"><a href="${url}">${picture}${title}</a> <span class="small">${String(file.size)} bytes</span></div>`;
    })
    .join('');
}

function drawReactions(message: Message): string {
  if (message.reactions === undefined || message.reactions.size === 0) return '';
  return `<div>${[...message.reactions].map(([name, users]) => `<span class="reaction">${drawEmoji(name)} ${users.size}</span>`).join(' ')}</div>`;
}

function drawReplies(message: Message): string {
  const count = message.replies?.length ?? 0;
  return count === 0 ? '' : `<div class="small">${count} ${count === 1 ? 'reply' : 'replies'}</div>`;
}
