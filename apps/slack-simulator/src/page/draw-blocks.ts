/** Block Kit as HTML, similar to Slack's client. */
import { escapeHtml } from '../http.ts';
import type { Workspace } from '../world/workspace.ts';
import { drawEmoji, drawMrkdwn, drawPlain } from './draw-text.ts';

type Json = Record<string, unknown>;

export function drawBlocks(workspace: Workspace, blocks: readonly unknown[]): string {
  return blocks.map((block) => drawBlock(workspace, block as Json)).join('');
}

function drawBlock(workspace: Workspace, block: Json): string {
  switch (block.type) {
    case 'header':
      return `<h3>${drawTextObject(workspace, block.text)}</h3>`;
    case 'section':
      return drawSection(workspace, block);
    case 'divider':
      return '<hr>';
    case 'image':
      return `<figure>${block.title === undefined ? '' : `<figcaption>${drawTextObject(workspace, block.title)}</figcaption>`}${drawImage(block)}</figure>`;
    case 'context':
      return `<div class="context">${list(block.elements)
        .map((e) => (e.type === 'image' ? drawImage(e) : drawTextObject(workspace, e)))
        .join(' ')}</div>`;
    case 'actions':
      return `<div class="actions">${list(block.elements)
        .map((e) => drawElement(workspace, e))
        .join(' ')}</div>`;
    case 'input':
      return `<div class="input"><b>${drawTextObject(workspace, block.label)}</b> ${drawElement(workspace, block.element as Json)}</div>`;
    case 'markdown':
      return `<p>${drawMarkdown(words(block.text))}</p>`;
    case 'rich_text':
      return list(block.elements)
        .map((e) => drawRich(workspace, e))
        .join('');
    default:
      return `<p class="unknown">[${escapeHtml(String(block.type))}]</p>`;
  }
}

function drawSection(workspace: Workspace, block: Json): string {
  const text = block.text === undefined ? '' : `<p>${drawTextObject(workspace, block.text)}</p>`;
  const fields = list(block.fields).map((f) => `<div>${drawTextObject(workspace, f)}</div>`);
  const accessory =
    block.accessory === undefined
      ? ''
      : `<div class="accessory">${drawElement(workspace, block.accessory as Json)}</div>`;
  return `<div class="section"><div>${text}${fields.length > 0 ? `<div class="fields">${fields.join('')}</div>` : ''}</div>${accessory}</div>`;
}

export function drawTextObject(workspace: Workspace, value: unknown): string {
  const { type, text } = (value ?? {}) as Json;
  if (typeof text !== 'string') return '';
  return type === 'mrkdwn' ? drawMrkdwn(workspace, text) : drawPlain(text);
}

function drawElement(workspace: Workspace, element: Json): string {
  if (element.type === 'image') return drawImage(element);
  if (element.type === 'button') {
    const style = element.style === 'primary' || element.style === 'danger' ? ` ${element.style}` : '';
    const label = drawTextObject(workspace, element.text);
    return typeof element.url === 'string' && /^https?:/i.test(element.url)
      ? `<a class="button${style}" href="${escapeHtml(element.url)}" rel="noreferrer">${label}</a>`
      : `<span class="button${style}">${label}</span>`;
  }
  return `<span class="button">${drawTextObject(workspace, element.placeholder) || escapeHtml(String(element.type))} ▾</span>`;
}

function drawImage(image: Json): string {
  const url = typeof image.image_url === 'string' && /^https?:/i.test(image.image_url) ? image.image_url : '';
  return `<img src="${escapeHtml(url)}" alt="${escapeHtml(words(image.alt_text))}">`;
}

function drawRich(workspace: Workspace, element: Json): string {
  const inner = list(element.elements)
    .map((e) =>
      e.elements === undefined
        ? drawRichLeaf(workspace, e)
        : element.type === 'rich_text_list'
          ? `<li>${drawRich(workspace, e)}</li>`
          : drawRich(workspace, e),
    )
    .join('');
  if (element.type === 'rich_text_list') return drawList(element, inner);
  if (element.type === 'rich_text_preformatted') return `<pre>${inner}</pre>`;
  if (element.type === 'rich_text_quote') return `<blockquote>${inner}</blockquote>`;
  return `<span>${inner}</span>`;
}

/** In Slack a nested list is a separate list with an indent; `offset` continues the numbers after it. */
function drawList({ style, indent, offset }: Json, items: string): string {
  const level = whole(indent);
  const margin = level === 0 ? '' : ` style="margin-left:${level * 1.5}em"`;
  if (style !== 'ordered') return `<ul${margin}>${items}</ul>`;
  return `<ol${margin}${whole(offset) === 0 ? '' : ` start="${whole(offset) + 1}"`}>${items}</ol>`;
}

const whole = (value: unknown): number => (Number.isInteger(value) && Number(value) > 0 ? Number(value) : 0);

function drawRichLeaf(workspace: Workspace, leaf: Json): string {
  if (leaf.type === 'user') return drawMrkdwn(workspace, `<@${String(leaf.user_id)}>`);
  if (leaf.type === 'channel') return drawMrkdwn(workspace, `<#${String(leaf.channel_id)}>`);
  if (leaf.type === 'emoji') return drawEmoji(String(leaf.name));
  if (leaf.type === 'link') return drawMrkdwn(workspace, `<${String(leaf.url)}|${String(leaf.text ?? leaf.url)}>`);
  const style = (leaf.style ?? {}) as Json;
  let html = drawPlain(words(leaf.text));
  if (style.code) html = `<code>${html}</code>`;
  if (style.bold) html = `<b>${html}</b>`;
  if (style.italic) html = `<i>${html}</i>`;
  if (style.strike) html = `<s>${html}</s>`;
  return html;
}

/** The Markdown of a `markdown` block: bold, italic, links, and lists with their indent. */
function drawMarkdown(text: string): string {
  return text.split('\n').map(drawMarkdownLine).join('<br>').replaceAll('</div><br>', '</div>');
}

function drawMarkdownLine(line: string): string {
  const [, spaces = '', mark = '', rest = ''] = /^( *)([-*+]|\d{1,9}[.)]) +(.*)$/.exec(line) ?? [];
  if (mark === '') return drawMarkdownSpan(line);
  const bullet = /\d/.test(mark) ? escapeHtml(mark) : '•';
  return `<div class="item" style="margin-left:${spaces.length * 0.6}em">${bullet} ${drawMarkdownSpan(rest)}</div>`;
}

function drawMarkdownSpan(text: string): string {
  return drawPlain(text)
    .replace(/\*\*\*([^*]+)\*\*\*/g, '<b><i>$1</i></b>')
    .replace(/\*\*([^*]+)\*\*/g, '<b>$1</b>')
    .replace(/\*([^*\s](?:[^*]*[^*\s])?)\*/g, '<i>$1</i>')
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<a href="$2" rel="noreferrer">$1</a>');
}

function words(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? (value.filter((v) => typeof v === 'object' && v !== null) as Json[]) : [];
}
