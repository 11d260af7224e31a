// Content → a Slack message: a header, the body, the facts, buttons, the way back. Promises: every limit of Slack's
// holds, whatever comes in; nothing mentions anybody but `mentions`; nothing is empty; what had to be left out is
// said, with the way to the whole. The same content gives the same block ids.
import { escaped, isVisible, literal, oneLine, plain, shortened, wholeCharacters } from './characters.ts';
import type { MessageAction, MessageBlock, MessageContent, MessageFact, RenderedMessage, RenderOptions } from './content.ts';
import { limits } from './limits.ts';
import { link as linked, literalWithLinks, mention, webAddress } from './links.ts';
import { read, type Part } from './markdown.ts';
import { drawn } from './split.ts';

const bodyLimit = 12_000;
const emptyText = 'You have a new notification';
const mostFacts = 50;
const mostActions = 50;
const readOn = 'Read on';
const openLabel = 'Open';
const linkActionId = 'carillon:link';

/** @example renderMessage({ title: 'Report ready', body: '**Sales**: 42', link: { url: 'https://app.example/r/1' } }) */
export function renderMessage(content: MessageContent, options: RenderOptions = {}): RenderedMessage {
  const mostOfBody = options.bodyLimit ?? bodyLimit;
  const written = content.body ?? '';
  // What cannot be shown is not read either: parsing Markdown costs more than its length.
  const readable = written.slice(0, wholeCharacters(written, mostOfBody + mostOfBody / 4));
  const body = isVisible(readable) ? read(readable) : { parts: [], words: '' };
  const link = content.link && webAddress(content.link.url) ? content.link : undefined;
  const asButton = link !== undefined && options.linkAs !== 'context';

  const head = titleBlocks(content.title);
  const facts = factBlocks(content.facts ?? []);
  const buttons = actionBlocks([
    ...(asButton ? [{ id: linkActionId, label: link.label ?? openLabel, url: link.url }] : []),
    ...(content.actions ?? []),
  ]);
  const back = link && !asButton ? [context('carillon:link', linked(link.url, link.label ?? link.url))] : [];

  const said: Part[] = [...mentionPart(content), ...body.parts];
  const room = limits.blocks - head.length - facts.length - buttons.length - back.length - 1;
  const { blocks: shown, complete } = bodyBlocks(said, room, mostOfBody);
  const more = complete && !isVisible(written.slice(readable.length)) ? [] : [context('carillon:more', link ? `… ${linked(link.url, readOn)}` : '…')];

  const text = fallback(content, body.words, options.emptyText ?? emptyText);
  const blocks = [...head, ...shown, ...more, ...facts, ...buttons, ...back];
  return { text, blocks: blocks.length > 0 ? blocks : [section('carillon:body:0', shortened(text, limits.sectionText))] };
}

function titleBlocks(title: string | undefined): MessageBlock[] {
  const line = oneLine(plain(title ?? ''));
  if (!isVisible(line)) return [];
  if (line.length <= limits.headerText) return [{ type: 'header', block_id: 'carillon:title', text: plainText(line, limits.headerText) }];
  // A title that no header holds is still told whole.
  return [section('carillon:title', `*${shortened(literal(oneLine(title ?? '')), limits.sectionText - 2)}*`)];
}

function mentionPart({ mentions = [] }: MessageContent): Part[] {
  const names = mentions.map(({ slackUserId, name }) => mention(slackUserId, name));
  return names.length > 0 ? [{ kind: 'text', text: names.join(' ') }] : [];
}

function bodyBlocks(said: readonly Part[], room: number, mostCharacters: number): { blocks: MessageBlock[]; complete: boolean } {
  const blocks: MessageBlock[] = [];
  let text = '';
  let left = mostCharacters;
  const flush = (): void => {
    if (isVisible(text)) blocks.push(section(`carillon:body:${blocks.length}`, text));
    text = '';
  };
  for (const part of said) {
    if (part.kind === 'divider') {
      flush();
      if (blocks.length >= room) return { blocks, complete: false };
      blocks.push({ type: 'divider', block_id: `carillon:body:${blocks.length}` });
      continue;
    }
    for (const [at, piece] of drawn(part, limits.sectionText).entries()) {
      if (piece.length > left) {
        const begun = at === 0 && left > 100 ? drawn(part, left)[0] : undefined;
        if (begun !== undefined) append(begun);
        flush();
        return { blocks: blocks.slice(0, room), complete: false };
      }
      left -= piece.length;
      append(piece);
      if (blocks.length >= room) return { blocks: blocks.slice(0, room), complete: false };
    }
  }
  flush();
  return { blocks: blocks.slice(0, room), complete: blocks.length <= room };

  function append(piece: string): void {
    if (text !== '' && text.length + 2 + piece.length > limits.sectionText) flush();
    text = text === '' ? piece : `${text}\n\n${piece}`;
  }
}

function factBlocks(facts: readonly MessageFact[]): MessageBlock[] {
  const fields = facts
    .filter(({ label, value }) => isVisible(label) || isVisible(value))
    .slice(0, mostFacts)
    .map(({ label, value }) => {
      const name = isVisible(label) ? `*${shortened(literal(oneLine(label)), 300)}*\n` : '';
      const said = isVisible(value) ? shortened(literalWithLinks(value.trim()), limits.fieldText - name.length) : '–';
      return mrkdwn(name + said);
    });
  const blocks: MessageBlock[] = [];
  for (let at = 0; at < fields.length; at += limits.fieldsPerSection) {
    blocks.push({ type: 'section', block_id: `carillon:facts:${blocks.length}`, fields: fields.slice(at, at + limits.fieldsPerSection) });
  }
  return blocks;
}

function actionBlocks(actions: readonly MessageAction[]): MessageBlock[] {
  const taken = new Set<string>();
  const buttons = actions.slice(0, mostActions).map((action) => button(action, taken));
  const blocks: MessageBlock[] = [];
  for (let at = 0; at < buttons.length; at += limits.actionElements) {
    blocks.push({ type: 'actions', block_id: `carillon:actions:${blocks.length}`, elements: buttons.slice(at, at + limits.actionElements) });
  }
  return blocks;
}

function button({ id, label, value, style, url }: MessageAction, taken: Set<string>): object {
  const address = url === undefined ? undefined : webAddress(url);
  return {
    type: 'button',
    action_id: unique(id.slice(0, limits.actionId - 4) || 'action', taken),
    text: plainText(oneLine([label, id, openLabel].find(isVisible) ?? openLabel), limits.buttonText),
    // A value that was cut would be another value.
    ...(value !== undefined && value !== '' && value.length <= limits.buttonValue ? { value } : {}),
    ...(address === undefined ? {} : { url: address }),
    ...(style === undefined ? {} : { style }),
  };
}

function unique(id: string, taken: Set<string>): string {
  let name = id;
  for (let copy = 2; taken.has(name); copy += 1) name = `${id}~${copy}`;
  taken.add(name);
  return name;
}

function fallback(content: MessageContent, body: string, empty: string): string {
  const names = (content.mentions ?? []).map(({ slackUserId, name }) => mention(slackUserId, name)).join(' ');
  const facts = (content.facts ?? []).map(({ label, value }) => `${oneLine(label)}: ${oneLine(value)}`);
  const lines = [oneLine(content.title ?? ''), body, ...facts].filter(isVisible);
  if (lines.length === 0) lines.push(content.link?.label ?? '', ...(content.actions ?? []).map(({ label }) => label));
  const said = lines.filter(isVisible).join('\n');
  const text = [names, literal(isVisible(said) ? said : empty)].filter((part) => part !== '').join(' ');
  return shortened(isVisible(text) ? text : escaped(emptyText), limits.fallbackText);
}

function section(blockId: string, text: string): MessageBlock {
  return { type: 'section', block_id: blockId, text: mrkdwn(text) };
}

function context(blockId: string, text: string): MessageBlock {
  return { type: 'context', block_id: blockId, elements: [mrkdwn(text)] };
}

/** `verbatim`: Slack must not look for names and addresses in the text itself. */
function mrkdwn(text: string): object {
  return { type: 'mrkdwn', text, verbatim: true };
}

function plainText(text: string, limit: number): object {
  return { type: 'plain_text', text: shortened(plain(text), limit), emoji: true };
}
