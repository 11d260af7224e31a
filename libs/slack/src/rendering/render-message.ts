// Renders content as a Slack message: a header, the body, the facts, buttons, and the link to the product. Guarantees:
// Slack's limits are kept for any content; only `mentions` and people to whom the body refers are mentioned; no text is
// empty; the message says when something is left out, with the link to the whole; the same content gives the same block
// ids. draw-message-body.ts renders the body; the rest takes time in proportion to its length.
import { isVisible, oneLine, wholeCharacters } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import { actionBlocks, openLabel } from './actions.ts';
import { drawBody, type DrawnMessageBody } from './draw-message-body.ts';
import { factBlocks } from './facts.ts';
import { limits } from './limits.ts';
import { bodyLimitOf, messageBodyOf } from './message-body.ts';
import {
  emptyText,
  type MessageBlock,
  type MessageContent,
  type MessageMention,
  type RenderedMessage,
  type RenderOptions,
} from './message-content.ts';
import type { Part, TextPart } from './message-part.ts';
import { shortened } from './mrkdwn-cuts.ts';
import { escaped, literal, plain, unquoted } from './mrkdwn-escapes.ts';
import { link as linked, mention, webAddress } from './mrkdwn-links.ts';
import { firstPiece, type Piece } from './split.ts';
import { charactersIn, context, plainText, section } from './text-objects.ts';

/** Slack does not document its limit; this one is lower than what was observed. */
const roomForText = limits.allText - 200;
/** So much of the body, and at most half of the message, has priority over long facts. */
const bodyFirst = 4000;
/** A text is not begun in fewer remaining characters. */
const smallestPiece = 100;
const readOn = 'Read on';
const linkActionId = 'carillon:link';

/**
 * @param body the rendered body; without it, it is rendered here without a limit of time
 * @example renderMessage({ title: 'Report ready', body: '**Sales**: 42', link: { url: 'https://app.example/r/1' } })
 */
export function renderMessage(
  content: MessageContent,
  options: RenderOptions = {},
  body: DrawnMessageBody = drawBody(messageBodyOf(content, options)),
): RenderedMessage {
  const bodyLimit = bodyLimitOf(options);
  const link = content.link && webAddress(content.link.url) ? content.link : undefined;
  const inText = link && linked(link.url, link.label === undefined ? link.url : plainLine(link.label));
  // A button takes longer addresses than a text.
  const asButton = link !== undefined && (inText === undefined || options.linkAs !== 'context');

  const head = titleBlocks(content.title);
  const buttons = actionBlocks(
    asButton ? [{ id: linkActionId, label: link.label ?? openLabel, url: link.url }] : [],
    content.actions ?? [],
  );
  const back = inText !== undefined && !asButton ? [context('carillon:link', inText)] : [];
  const onward = link && linked(link.url, readOn);
  const more = context('carillon:more', onward === undefined ? '…' : `… ${onward}`);

  const said: Part[] = [...mentionPart(content), ...body.parts];
  const room = roomForText - charactersIn([head, buttons, back, more]);
  const kept = Math.min(
    bodyFirst,
    room / 2,
    bodyLimit,
    said.reduce((sum, part) => sum + (part.kind === 'divider' ? 0 : part.text.length + 2), 0),
  );
  const { blocks: facts, complete: allFacts } = factBlocks(content.facts ?? [], room - kept);
  const blocksLeft = limits.blocks - head.length - facts.length - buttons.length - back.length - 1;
  const { blocks: shown, complete } = bodyBlocks(said, blocksLeft, Math.min(bodyLimit, room - charactersIn(facts)));
  const whole = complete && allFacts && body.complete;

  const text = fallback(content, body.words, options.emptyText ?? emptyText);
  const blocks = [...head, ...shown, ...(whole ? [] : [more]), ...facts, ...buttons, ...back];
  const says = blocks.some(({ type }) => type !== 'divider');
  return { text, blocks: says ? blocks : [section('carillon:body:0', shortened(text, limits.sectionText))] };
}

function titleBlocks(title: string | undefined): MessageBlock[] {
  const line = plainLine(plain(title ?? ''));
  if (!isVisible(line)) return [];
  if (line.length <= limits.headerText)
    return [{ type: 'header', block_id: 'carillon:title', text: plainText(line, limits.headerText) }];
  // A title that is too long for a header is repeated in full.
  return [section('carillon:title', `*${shortened(literal(plainLine(title ?? '')), limits.sectionText - 2)}*`)];
}

function mentionPart({ mentions = [] }: MessageContent): TextPart[] {
  const names = namesOf(mentions);
  return names === '' ? [] : [{ kind: 'text', text: names }];
}

const namesOf = (mentions: readonly MessageMention[]): string =>
  mentions
    .filter(({ slackUserId, name }) => slackUserId !== undefined || isVisible(name))
    .map(({ slackUserId, name }) => mention(slackUserId, plainLine(name)))
    .join(' ');

function bodyBlocks(
  said: readonly Part[],
  room: number,
  mostCharacters: number,
): { blocks: MessageBlock[]; complete: boolean } {
  const blocks: MessageBlock[] = [];
  let text = '';
  let left = mostCharacters;
  for (const part of said) {
    if (part.kind === 'divider') {
      flush();
      if (blocks.length >= room) return { blocks, complete: false };
      blocks.push({ type: 'divider', block_id: `carillon:body:${blocks.length}` });
      continue;
    }
    for (let rest: TextPart | undefined = part; rest !== undefined; ) {
      const drawn: Piece =
        left < smallestPiece && rest.text.length > left
          ? { text: '', rest }
          : firstPiece(rest, Math.min(limits.sectionText, left));
      if (drawn.text === '' && (drawn.rest?.text.length ?? 0) >= rest.text.length) {
        flush();
        return { blocks: blocks.slice(0, room), complete: false };
      }
      if (drawn.text !== '') append(drawn.text);
      if (blocks.length >= room) return { blocks: blocks.slice(0, room), complete: false };
      rest = drawn.rest;
    }
  }
  flush();
  return { blocks: blocks.slice(0, room), complete: blocks.length <= room };

  function append(piece: string): void {
    if (text !== '' && text.length + 2 + piece.length > limits.sectionText) flush();
    // The line break between two pieces takes two characters.
    left -= piece.length + 2;
    text = text === '' ? piece : `${text}\n\n${piece}`;
  }
  function flush(): void {
    if (isVisible(text)) blocks.push(section(`carillon:body:${blocks.length}`, text));
    text = '';
  }
}

function fallback(content: MessageContent, body: string, empty: string): string {
  const facts = (content.facts ?? []).map(({ label, value }) => `${plainLine(label)}: ${oneLine(value)}`);
  const lines = [plainLine(content.title ?? ''), body, ...facts].filter(isVisible);
  if (lines.length === 0) lines.push(content.link?.label ?? '', ...(content.actions ?? []).map(({ label }) => label));
  const said = lines.filter(isVisible).join('\n');
  const text = [
    namesOf(content.mentions ?? []),
    unquoted(literal(isVisible(said) ? said.slice(0, wholeCharacters(said, 2 * limits.fallbackText)) : empty)),
  ]
    .filter((part) => part !== '')
    .join(' ');
  return shortened(isVisible(text) ? text : escaped(emptyText), limits.fallbackText);
}
