/** Slack's mrkdwn as HTML. Everything is escaped first; only what Slack draws becomes markup. */
import { escapeHtml } from '../http.ts';
import type { Workspace } from '../world/workspace.ts';

const emoji: Record<string, string> = {
  tada: '🎉',
  eyes: '👀',
  white_check_mark: '✅',
  warning: '⚠️',
  bell: '🔔',
  rocket: '🚀',
  wave: '👋',
  thumbsup: '👍',
  '+1': '👍',
  fire: '🔥',
  x: '❌',
  heart: '❤️',
  chart_with_upwards_trend: '📈',
  memo: '📝',
  calendar: '📅',
  robot_face: '🤖',
  mute: '🔇',
};

export function drawEmoji(name: string): string {
  return emoji[name] ?? `:${escapeHtml(name)}:`;
}

export function drawMrkdwn(workspace: Workspace, text: string): string {
  const kept: string[] = [];
  const keep = (html: string): string => `\u0000${kept.push(html) - 1}\u0000`;
  let html = text
    .replaceAll('\u0000', '')
    .replace(/```\n?([\s\S]*?)```/g, (_, code: string) => keep(`<pre>${escapeHtml(plain(code))}</pre>`))
    .replace(/`([^`\n]+)`/g, (_, code: string) => keep(`<code>${escapeHtml(plain(code))}</code>`))
    .replace(/<([^<>\n]+)>/g, (_, control: string) => keep(drawControl(workspace, control)));
  html = escapeHtml(plain(html))
    .replace(/(^|[\s(_~])\*([^*\n]+)\*(?=$|[\s).,!?:;_~])/gm, '$1<b>$2</b>')
    .replace(/(^|[\s(>~])_([^_\n]+)_(?=$|[\s).,!?:;<~])/gm, '$1<i>$2</i>')
    .replace(/(^|[\s(>])~([^~\n]+)~(?=$|[\s).,!?:;<])/gm, '$1<s>$2</s>')
    .replace(/^ +/gm, (spaces) => '&nbsp;'.repeat(spaces.length))
    .replace(/^&#62; ?(.*)$/gm, '<blockquote>$1</blockquote>')
    .replace(/:([a-z0-9_+-]+):/g, (all, name: string) => emoji[name] ?? all)
    .replaceAll('\n', '<br>');
  for (let depth = 0; depth < 3; depth++)
    html = html.replace(/\u0000(\d+)\u0000/g, (_, i: string) => kept[Number(i)] ?? '');
  return html;
}

export function drawPlain(text: string): string {
  return escapeHtml(text)
    .replace(/:([a-z0-9_+-]+):/g, (all, name: string) => emoji[name] ?? all)
    .replaceAll('\n', '<br>');
}

/** What stands in angle brackets: a mention, a channel, a date or a link. */
function drawControl(workspace: Workspace, control: string): string {
  const [target = '', label] = splitOnce(control, '|');
  if (target.startsWith('@')) return mention(`@${workspace.user(target.slice(1))?.name ?? label ?? target.slice(1)}`);
  if (target.startsWith('#'))
    return mention(`#${workspace.channel(target.slice(1))?.name ?? label ?? target.slice(1)}`);
  if (target.startsWith('!date^')) return escapeHtml(label ?? target);
  if (target.startsWith('!')) return mention(`@${label ?? target.slice(1).split('^')[0] ?? ''}`);
  const url = plain(target);
  if (!/^(https?:\/\/|mailto:)/i.test(url)) return escapeHtml(`<${control}>`);
  return `<a href="${escapeHtml(url)}" rel="noreferrer">${escapeHtml(plain(label ?? target))}</a>`;
}

function mention(text: string): string {
  return `<span class="mention">${escapeHtml(text)}</span>`;
}

/** Slack's three entities. */
function plain(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

function splitOnce(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
