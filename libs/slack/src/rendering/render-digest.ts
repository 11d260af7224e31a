// Many notifications as one message: by kind, each a line with its link. Promises: the work is bounded whatever they
// hold; Slack's limits hold for any number of items, whatever they hold; nobody is mentioned; what is left out is
// counted, with the way to it where there is one. The same, as Markdown, for an e-mail.
import { plainLine } from '@carillon/domain';
import { workOf } from './budget/parsing-cost.ts';
import { clean, isVisible, literal, oneLine, plain } from './characters.ts';
import type { MessageBlock, MessageLink, RenderedMessage } from './content.ts';
import { beginningOf, shortened, shortenedPlain } from './cuts.ts';
import { planDigest, type DigestItem, type DigestStyle, type PlannedGroup } from './digest-plan.ts';
import { limits } from './limits.ts';
import { link as linked, webAddress } from './links.ts';
import { read } from './markdown.ts';
import { charactersIn, context, plainText, section } from './text-objects.ts';

export interface DigestOptions {
  /** Of the whole; else the number of notifications. */
  title?: string | undefined;
  /** Where everything can be seen. */
  moreUrl?: string | undefined;
}

export interface DigestContent {
  title: string;
  /** Markdown. */
  body: string;
  link?: MessageLink;
}

const roomForText = limits.allText - 200;
/** What a notification's body may hold. */
const roomForMarkdown = 39_000;
const longestTitle = 150;
const longestSentence = 150;
const longestHeading = 100;
const shortTitle = 40;
/** Of a body that much is read to find its first sentence. */
const readable = 300;
/**
 * Length times marks (budget/parsing-cost.ts) of all that is parsed for one digest: an ordinary item takes some 3,000.
 */
const mostParsing = 300_000;
/** A longer address stands once, below everything. */
const longestRepeated = 200;
/** Each kind has a section of its own up to so many; all sections of a message must be fewer than 50. */
const mostOwnSections = 30;
const showAll = 'Show all';
const untitled = 'Notification';

export function renderDigest(items: readonly DigestItem[], options: DigestOptions = {}): RenderedMessage {
  const title = titleOf(items, options);
  const moreUrl = followable(options.moreUrl);
  const repeated = moreUrl !== undefined && moreUrl.length <= longestRepeated;

  const head: MessageBlock = { type: 'header', block_id: 'carillon:title', text: plainText(title, limits.headerText) };
  const below = moreUrl === undefined || repeated ? undefined : linked(moreUrl, showAll);
  const foot = below === undefined ? [] : [context('carillon:link', below)];
  const { groups, rest, complete } = planDigest(
    items,
    slackStyle(sentencesOf(items), repeated ? moreUrl : undefined),
    roomForText - charactersIn([head, foot]),
  );
  const blocks = [
    head,
    ...sections(groups),
    ...(rest === undefined ? [] : [context('carillon:more', rest)]),
    ...(complete ? [] : foot),
  ];

  const [first] = items;
  const said =
    items.length === 1 && first
      ? nameOf(first)
      : groups.map((group) => `${oneLine(group.title)} (${group.count})`).join(', ');
  return { text: shortened(literal(said === '' ? title : `${title}\n${said}`), limits.fallbackText), blocks };
}

/**
 * Everything but the title as Markdown, in which nothing but the items' own addresses and the way to more is a link.
 */
export function digestContent(items: readonly DigestItem[], options: DigestOptions = {}): DigestContent {
  const moreUrl = followable(options.moreUrl);
  const { groups, rest } = planDigest(items, markdownStyle(sentencesOf(items)), roomForMarkdown);
  const parts = groups.map(
    ({ heading, lines, more }) =>
      `${heading}\n\n${[...lines, ...(more === undefined ? [] : [`- ${more}`])].join('\n')}`,
  );
  const body = [...parts, ...(rest === undefined ? [] : [rest])].join('\n\n');
  return {
    title: titleOf(items, options),
    body,
    ...(moreUrl === undefined ? {} : { link: { url: moreUrl, label: showAll } }),
  };
}

const slackStyle = (sentenceOf: SentenceOf, moreUrl: string | undefined): DigestStyle => ({
  heading: (title, count) => `*${shortened(literal(oneLine(title)), longestHeading)}* (${count})`,
  line(item) {
    const sentence = sentenceOf(item);
    const link = item.link && linked(item.link.url, nameOf(item), longestTitle);
    return `• ${link ?? shortened(literal(nameOf(item)), longestTitle)}${sentence === '' ? '' : ` – ${shortened(literal(sentence), longestSentence)}`}`;
  },
  shortLine: (item) => `• ${shortened(literal(nameOf(item)), shortTitle)}`,
  more(count) {
    const said = `… and ${count} more`;
    return (moreUrl !== undefined && linked(moreUrl, said)) || said;
  },
});

const markdownStyle = (sentenceOf: SentenceOf): DigestStyle => ({
  heading: (title, count) => `**${markdown(shortenedPlain(oneLine(title), longestHeading))}** (${count})`,
  line(item) {
    const sentence = sentenceOf(item);
    const name = markdown(shortenedPlain(nameOf(item), longestTitle));
    const address = followable(item.link?.url);
    return `- ${address === undefined ? name : `[${name}](<${address}>)`}${sentence === '' ? '' : ` – ${markdown(shortenedPlain(sentence, longestSentence))}`}`;
  },
  shortLine: (item) => `- ${markdown(shortenedPlain(nameOf(item), shortTitle))}`,
  more: (count) => `… and ${count} more`,
});

function sections(groups: readonly PlannedGroup[]): MessageBlock[] {
  const texts: string[] = [];
  const add = (line: string, between: string): void => {
    const text = texts.at(-1);
    if (text !== undefined && between !== '' && text.length + between.length + line.length <= limits.sectionText)
      texts[texts.length - 1] = text + between + line;
    else texts.push(line);
  };
  for (const { heading, lines, more } of groups) {
    // A heading never stands alone at the end of a section.
    const [first = '', ...others] = lines;
    add(`${heading}\n${first}`, groups.length <= mostOwnSections ? '' : '\n\n');
    for (const line of more === undefined ? others : [...others, more]) add(line, '\n');
  }
  return texts.map((text, at) => section(`carillon:body:${at}`, text));
}

function titleOf(items: readonly DigestItem[], { title }: DigestOptions): string {
  if (title !== undefined && isVisible(plain(title))) return shortenedPlain(plainLine(clean(title)), longestTitle);
  return items.length === 0
    ? 'No notifications'
    : items.length === 1
      ? '1 notification'
      : `${items.length} notifications`;
}

function nameOf({ title, link }: DigestItem): string {
  return plainLine(clean([title, link?.label].find((text) => text !== undefined && isVisible(text)) ?? untitled));
}

type SentenceOf = (item: DigestItem) => string;

function sentencesOf(items: readonly DigestItem[]): SentenceOf {
  const sentenceOf = readers.get(items) ?? sentenceReader();
  readers.set(items, sentenceOf);
  return sentenceOf;
}

/** A digest is rendered for Slack and as Markdown, from the same items. */
const readers = new WeakMap<readonly DigestItem[], SentenceOf>();

/**
 * The first sentence of each item's body, or its first line. The Markdown of all of them together is parsed up to a
 * bound; what comes after that is read without its marks.
 */
function sentenceReader(): SentenceOf {
  const known = new Map<DigestItem, string>();
  let left = mostParsing;
  return (item) => {
    const found = known.get(item);
    if (found !== undefined) return found;
    const beginning = beginningOf(item.body ?? '', readable);
    const work = workOf(beginning, left);
    left -= Math.min(work, left);
    const sentence = isVisible(beginning)
      ? firstSentence(left > 0 ? read(beginning).words : beginning.replace(/[*_~`#>|[\]\\]+/g, ' '))
      : '';
    known.set(item, sentence);
    return sentence;
  };
}

function firstSentence(words: string): string {
  const line = oneLine(clean(words.split('\n').find(isVisible) ?? '')).slice(0, readable);
  const [first] = sentences.segment(line);
  return first === undefined || !isVisible(first.segment) ? '' : first.segment.trim();
}

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Text as Markdown that says just that: nothing in it is a format, a link or an address. */
const markdown = (text: string): string => text.replace(/[!-/:-@[-`{-~]/g, '\\$&');

/** For Markdown too: nothing in it ends the address. */
const followable = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : webAddress(url)?.replaceAll('\\', '%5C');
