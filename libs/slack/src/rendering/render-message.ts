// Renders content as a Slack message: a header, the body, the facts, buttons, and the link to the product. Guarantees:
// Slack's limits are kept for any content; only `mentions` and people to whom the body refers are mentioned; no text is
// empty; the message says how much is left out, with the link to the whole; the same content gives the same block ids.
// draw-message-body.ts renders the body; the rest takes time in proportion to its length.
import { gapMark, isVisible, oneLine, wholeCharacters } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import { actionBlocks, openLabel } from './actions.ts';
import { drawBody, type DrawnMessageBody } from './draw-message-body.ts';
import { factBlocks, type FactBlocks } from './facts.ts';
import { layOutBody } from './lay-out-body.ts';
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
import { shortened, shortenedToBytes } from './mrkdwn-cuts.ts';
import { escaped, literal, plain, unquoted } from './mrkdwn-escapes.ts';
import { link as linked, mention, webAddress } from './mrkdwn-links.ts';
import { charactersIn, note, plainText, section } from './text-objects.ts';

const roomForText = limits.allText - 200;
/** So much of the body, and at most half of the message, has priority over long facts. */
const bodyFirst = 4000;
const longestTitle = 1_500;
const longestLink = 500;
const longestAddresses = 1_000;
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
  const { withFiles = false } = options;
  const bodyLimit = bodyLimitOf(options);
  const link = content.link && webAddress(content.link.url) ? content.link : undefined;
  const inText = link && shortLink(link.url, link.label === undefined ? link.url : plainLine(link.label));
  // A button takes longer addresses than a text.
  const asButton = link !== undefined && (inText === undefined || options.linkAs !== 'context');

  const head = titleBlocks(content.title, withFiles);
  const buttons = actionBlocks(
    asButton ? [{ id: linkActionId, label: link.label ?? openLabel, url: link.url }] : [],
    content.actions ?? [],
  );
  const addresses = unlinkedAddresses(content);
  const back = [
    ...(addresses === '' ? [] : [section('carillon:addresses', addresses)]),
    ...(inText !== undefined && !asButton ? [note('carillon:link', inText, withFiles)] : []),
  ];
  const onward = link && shortLink(link.url, readOn);
  const more = (id: string, missing: string): MessageBlock =>
    note(`carillon:${id}`, onward === undefined ? `… ${missing} …` : `… ${missing} … ${onward}`, withFiles);
  const moreOfBody = (characters: number): MessageBlock => more('more', `${aboutCharacters(characters)} left out here`);
  const moreFacts = (count: number): MessageBlock => more('more-facts', `${count} more facts left out`);

  const said: Part[] = [...mentionPart(content), ...body.parts];
  const longestNotes = [moreOfBody(99_999), moreFacts(99)];
  const room = roomForText - charactersIn([head, buttons, back, longestNotes]);
  const kept = Math.min(
    bodyFirst,
    room / 2,
    bodyLimit,
    said.reduce((sum, part) => sum + ('text' in part ? part.text.length + 2 : 0), 0),
  );
  const facts = factBlocks(content.facts ?? [], room - kept);
  const shown = layOutBody(said, body.omitted, {
    blocks: limits.blocks - head.length - facts.blocks.length - buttons.length - back.length - longestNotes.length,
    characters: Math.min(bodyLimit, room - charactersIn(facts.blocks)),
  });

  const text = fallback(content, body.words, options.emptyText ?? emptyText);
  const blocks = [
    ...head,
    ...shown.head,
    ...(shown.omitted > 0 ? [moreOfBody(shown.omitted)] : []),
    ...shown.tail,
    ...facts.blocks,
    ...(facts.omitted > 0 ? [moreFacts(facts.omitted)] : []),
    ...buttons,
    ...back,
  ];
  const says = blocks.some(({ type }) => type !== 'divider');
  return {
    text,
    blocks: says ? blocks : [section('carillon:body:0', shortened(text, limits.sectionText))],
    ...shortenedOf(shown.omitted, facts),
  };
}

/** Rounded, since what is rendered has other characters than what was written. */
export const aboutCharacters = (characters: number): string => {
  const unit = characters < 1_000 ? 10 : 100;
  return characters < 100
    ? `${characters} characters`
    : `about ${(Math.round(characters / unit) * unit).toLocaleString('en')} characters`;
};

export function shortenedOf(
  bodyCharacters: number,
  { omitted, cut }: Pick<FactBlocks, 'omitted' | 'cut'>,
): Pick<RenderedMessage, 'shortened'> {
  if (bodyCharacters === 0 && omitted === 0 && cut === 0) return {};
  return {
    shortened: {
      ...(bodyCharacters > 0 && { bodyCharacters }),
      ...(omitted > 0 && { facts: omitted }),
      ...(cut > 0 && { factValues: cut }),
    },
  };
}

function titleBlocks(title: string | undefined, withFiles: boolean): MessageBlock[] {
  const line = plainLine(plain(title ?? ''));
  if (!isVisible(line)) return [];
  if (line.length <= limits.headerText && !withFiles)
    return [{ type: 'header', block_id: 'carillon:title', text: plainText(line, limits.headerText) }];
  // A title that is too long for a header is shown in full; no request has one of more than 500 characters.
  return [section('carillon:title', `*${shortened(literal(plainLine(title ?? '')), longestTitle)}*`)];
}

/** A longer one is shown once, as a button. */
function shortLink(url: string, label: string): string | undefined {
  const made = linked(url, label);
  return made !== undefined && made.length <= longestLink ? made : undefined;
}

/** The addresses of the link and of buttons that Slack would not take as such. */
export function unlinkedAddresses({ link, actions = [] }: MessageContent): string {
  const lines = [...(link ? [{ ...link, label: link.label ?? openLabel }] : []), ...actions]
    .filter(({ url }) => url !== undefined && webAddress(url) === undefined)
    .map(({ label, url = '' }) => unquoted(literal(`${plainLine(label)}: ${oneLine(url)}`)));
  return shortened(lines.join('\n'), longestAddresses);
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

/** What notifications and screen readers say. */
export function fallback(content: MessageContent, body: string, empty: string): string {
  const facts = (content.facts ?? []).map(({ label, value }) => `${plainLine(label)}: ${oneLine(value)}`);
  const lines = [plainLine(content.title ?? ''), body.replace(gapMark, '…'), ...facts].filter(isVisible);
  if (lines.length === 0) lines.push(content.link?.label ?? '', ...(content.actions ?? []).map(({ label }) => label));
  const said = lines.filter(isVisible).join('\n');
  const text = [
    namesOf(content.mentions ?? []),
    unquoted(literal(isVisible(said) ? said.slice(0, wholeCharacters(said, 2 * limits.fallbackBytes)) : empty)),
  ]
    .filter((part) => part !== '')
    .join(' ');
  return shortenedToBytes(isVisible(text) ? text : escaped(emptyText), limits.fallbackBytes);
}
