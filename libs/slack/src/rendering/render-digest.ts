// Many notifications as one Slack message: grouped by type, each a line with its link. Guarantees: time is bounded for
// any content; Slack's limits are kept for any number of items; nobody is mentioned; the message says how many items
// are left out, with a link to them where there is one.
import { oneLine } from '@carillon/content';
import {
  digestTitle,
  itemName,
  longestHeading,
  longestSentence,
  longestTitle,
  planDigest,
  sentencesOf,
  shortTitle,
  showAll,
  type DigestItem,
  type DigestOptions,
  type DigestStyle,
  type PlannedGroup,
  type SentenceOf,
} from '@carillon/content/digest';
import { limits } from './limits.ts';
import type { MessageBlock, RenderedMessage } from './message-content.ts';
import { shortened, shortenedToBytes } from './mrkdwn-cuts.ts';
import { literal } from './mrkdwn-escapes.ts';
import { link as linked, webAddress } from './mrkdwn-links.ts';
import { charactersIn, context, plainText, section } from './text-objects.ts';

const roomForText = limits.allText - 200;
/** A longer address is shown once, at the end. */
const longestRepeated = 200;
/** Each kind has a section of its own up to so many; all sections of a message must be fewer than 50. */
const mostOwnSections = 30;

export function renderDigest(items: readonly DigestItem[], options: DigestOptions = {}): RenderedMessage {
  const title = digestTitle(items, options.title);
  const moreUrl = options.moreUrl === undefined ? undefined : webAddress(options.moreUrl);
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
      ? itemName(first)
      : groups.map((group) => `${oneLine(group.title)} (${group.count})`).join(', ');
  return {
    text: shortenedToBytes(literal(said === '' ? title : `${title}\n${said}`), limits.fallbackBytes),
    blocks,
  };
}

const slackStyle = (sentenceOf: SentenceOf, moreUrl: string | undefined): DigestStyle => ({
  heading: (title, count) => `*${shortened(literal(oneLine(title)), longestHeading)}* (${count})`,
  line(item) {
    const sentence = sentenceOf(item);
    const link = item.link && linked(item.link.url, itemName(item), longestTitle);
    return `• ${link ?? shortened(literal(itemName(item)), longestTitle)}${sentence === '' ? '' : ` – ${shortened(literal(sentence), longestSentence)}`}`;
  },
  shortLine: (item) => `• ${shortened(literal(itemName(item)), shortTitle)}`,
  more(count) {
    const said = `… and ${count} more`;
    return (moreUrl !== undefined && linked(moreUrl, said)) || said;
  },
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
    // A heading is never the last line of a section.
    const [first = '', ...others] = lines;
    add(`${heading}\n${first}`, groups.length <= mostOwnSections ? '' : '\n\n');
    for (const line of more === undefined ? others : [...others, more]) add(line, '\n');
  }
  return texts.map((text, at) => section(`carillon:body:${at}`, text));
}
