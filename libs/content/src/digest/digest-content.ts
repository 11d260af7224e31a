// The content of a digest in Markdown: grouped by kind, one line with a link for each notification. Guarantees: the
// work is bounded for every content; only the items' own addresses and the link to the whole list are links; items that
// are left out are counted.
import { oneLine } from '../characters.ts';
import { shortenedPlain } from '../cuts.ts';
import { escapeMarkdown } from '../markdown/escape-markdown.ts';
import { webAddress } from '../markdown/links.ts';
import { digestTitle, itemName, longestTitle } from './digest-titles.ts';
import { planDigest, type DigestItem, type DigestStyle } from './plan-digest.ts';
import { sentencesOf, type SentenceOf } from './sentences-of.ts';

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
  link?: { url: string; label: string };
}

/** What a notification's body may hold. */
const roomForMarkdown = 39_000;
export const longestSentence = 150;
export const longestHeading = 100;
export const shortTitle = 40;
export const showAll = 'Show all';

export function digestContent(items: readonly DigestItem[], options: DigestOptions = {}): DigestContent {
  const moreUrl = optionalAddress(options.moreUrl);
  const { groups, rest } = planDigest(items, markdownStyle(sentencesOf(items)), roomForMarkdown);
  const parts = groups.map(
    ({ heading, lines, more }) =>
      `${heading}\n\n${[...lines, ...(more === undefined ? [] : [`- ${more}`])].join('\n')}`,
  );
  const body = [...parts, ...(rest === undefined ? [] : [rest])].join('\n\n');
  return {
    title: digestTitle(items, options.title),
    body,
    ...(moreUrl === undefined ? {} : { link: { url: moreUrl, label: showAll } }),
  };
}

const markdownStyle = (sentenceOf: SentenceOf): DigestStyle => ({
  heading: (title, count) => `**${escapeMarkdown(shortenedPlain(oneLine(title), longestHeading))}** (${count})`,
  line(item) {
    const sentence = sentenceOf(item);
    const name = escapeMarkdown(shortenedPlain(itemName(item), longestTitle));
    const address = optionalAddress(item.link?.url);
    return `- ${address === undefined ? name : `[${name}](<${address}>)`}${sentence === '' ? '' : ` – ${escapeMarkdown(shortenedPlain(sentence, longestSentence))}`}`;
  },
  shortLine: (item) => `- ${escapeMarkdown(shortenedPlain(itemName(item), shortTitle))}`,
  more: (count) => `… and ${count} more`,
});

const optionalAddress = (url: string | undefined): string | undefined =>
  url === undefined ? undefined : webAddress(url);
