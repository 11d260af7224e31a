// The sentence that a digest shows for an item: the first one of its body. Guarantees: the work for all items of a
// digest is bounded for every content; it is done once for the same items.
import { workOf } from '../budget/parsing-cost.ts';
import { isVisible, oneLine } from '../characters.ts';
import { beginningOf } from '../cuts.ts';
import { parseMarkdown } from '../markdown/parse-markdown.ts';
import { plainWords } from '../markdown/plain-words.ts';
import type { DigestItem } from './plan-digest.ts';

/** Of a body that much is read to find its first sentence. */
const readable = 300;
/**
 * Length times marks (parsing-cost.ts) of all that is parsed for one digest: an ordinary item takes some 3,000.
 */
const mostParsing = 300_000;

export type SentenceOf = (item: DigestItem) => string;

export function sentencesOf(items: readonly DigestItem[]): SentenceOf {
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
      ? firstSentence(left > 0 ? wordsOf(beginning) : beginning.replace(/[*_~`#>|[\]\\]+/g, ' '))
      : '';
    known.set(item, sentence);
    return sentence;
  };
}

function firstSentence(words: string): string {
  const line = oneLine(words.split('\n').find(isVisible) ?? '').slice(0, readable);
  const [first] = sentences.segment(line);
  return first === undefined || !isVisible(first.segment) ? '' : first.segment.trim();
}

const sentences = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Markdown that is too deeply nested for its parser is read as it was written. */
function wordsOf(markdown: string): string {
  try {
    return plainWords(parseMarkdown(markdown));
  } catch {
    return markdown;
  }
}
