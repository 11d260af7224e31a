// Puts the values of an event into the Markdown of a body. Guarantees: a value is shown as the text that it is,
// whatever characters it has: it makes no format, link, mention or list of its own; inside of an address it is
// percent-encoded, and an address that is a value must be a web address. A frame in which that cannot be guaranteed is
// refused. How it works: the frame is parsed with a mark for each value, as every channel parses it, and the place of
// the mark decides how the value is written.
import { clean, escapeMarkdown, parseMarkdown, walkTokens, type Token, type Tokens } from '@carillon/content';
import { encodedPart, linkUrl, percentEncoded } from './address.ts';
import { valueMark, type Inserted, type Written } from './message.ts';
import { RenderingFailed, valueFailed } from './values.ts';

type Place =
  /** A paragraph of its own: it keeps its lines and paragraphs. */
  | 'paragraph'
  /** Among other words of a paragraph: a blank line would end what stands around it. */
  | 'text'
  /** In a heading, a list, a quote or a table, which a line break can end. */
  | 'line'
  | 'code'
  | 'codeBlock'
  /** A part of an address. */
  | 'address'
  | 'wholeAddress'
  /** `member:…` or `email:…`. */
  | 'reference';

/** No field is longer. */
const longestBody = 40_000;
const mostFrames = 100;

export class MarkdownBody {
  /** A text has as many frames as combinations of its alternatives. */
  private readonly frames = new Map<string, Place[] | string>();

  /** @returns why values cannot stand in this frame */
  faultIn(frame: string): string | undefined {
    const places = this.placesIn(frame);
    return typeof places === 'string' ? places : undefined;
  }

  render({ frame, inserted }: Written, path: string): string {
    if (inserted.length === 0) return frame;
    const places = this.placesIn(frame);
    if (typeof places === 'string') throw new RenderingFailed({ path, message: places });
    return fill(frame, inserted, path, (one, at) => written(one, places[at] ?? 'text'));
  }

  private placesIn(frame: string): Place[] | string {
    const known = this.frames.get(frame);
    if (known !== undefined) return known;
    if (this.frames.size === mostFrames) this.frames.clear();
    const places = findPlaces(frame);
    this.frames.set(frame, places);
    return places;
  }
}

/** Puts a text for each mark. */
export function fill(
  frame: string,
  inserted: readonly Inserted[],
  path: string,
  write: (one: Inserted, at: number) => string,
): string {
  const pieces = frame.split(valueMark);
  let text = pieces[0] ?? '';
  for (const [at, one] of inserted.entries()) {
    text += write(one, at) + (pieces[at + 1] ?? '');
    // Before zod, which counts characters: one value can stand in many places.
    if (text.length > 3 * longestBody)
      throw new RenderingFailed({ path, message: `must not be longer than ${longestBody} characters` });
  }
  return text;
}

function written({ name, text }: Inserted, place: Place): string {
  switch (place) {
    case 'text':
      return escapeMarkdown(withoutIndent(text).replace(/\n+/g, '\n'));
    case 'paragraph':
      return escapeMarkdown(withoutIndent(text));
    case 'line':
      // The parser takes blanks at the end of a list for code.
      return escapeMarkdown(clean(text).replace(/\s+/g, ' '));
    case 'code':
      // An empty one would join the marks around it.
      return (
        clean(text)
          .replaceAll('`', 'ˋ')
          .replace(/\s*\n\s*/g, ' ') || '\u00a0'
      );
    case 'codeBlock':
      return clean(text).replace(/`{3,}/g, (run) => 'ˋ'.repeat(run.length));
    case 'address':
      return encodedPart(name ?? '', text);
    case 'wholeAddress': {
      const address = linkUrl.safeParse(text);
      if (!address.success)
        throw valueFailed(name ?? '', 'must be a whole http or https URL: it is the address of a link');
      return address.data.replace(/[\s<>"'`{}|\\^()[\]*~]/g, percentEncoded).replaceAll('&', '&amp;');
    }
    case 'reference':
      if (text === '' || /[\s\p{Cc}]/u.test(text))
        throw valueFailed(name ?? '', 'must have no white space: it refers to a person');
      return escapeMarkdown(text);
  }
}

/** Lines that begin with blanks would be code, so the blanks become others that look the same. */
const withoutIndent = (text: string): string =>
  clean(text)
    .replace(/^\s*\n|\n\s*$/g, '\u00a0')
    .replace(/\n(?:[^\S\n]*\n)+/g, '\n\n')
    .replace(/^[^\S\n]+/gm, (blanks) => '\u00a0'.repeat(blanks.replaceAll('\t', '    ').length));

const firstNumber = 0xe100;
const mostMarks = 1_000;
const isMark = /^\ue000[\ue100-\uf7ff]$/;

const numbersIn = (text: string): number[] =>
  Array.from(text.matchAll(/\ue000([\ue100-\uf7ff])/g), ([, number = '']) => number.charCodeAt(0) - firstNumber);

/** Of each mark in the frame, in order; or why there is none. */
function findPlaces(frame: string): Place[] | string {
  const places: Place[] = [];
  const numbered = clean(frame).replaceAll(
    valueMark,
    () => valueMark + String.fromCharCode(firstNumber + places.push('line') - 1),
  );
  if (places.length > mostMarks) return `must not have more than ${mostMarks} values`;
  if (/(?<!\\)(?:\\\\)*\\\ue000/.test(numbered)) return 'a backslash must not stand before a value';
  let fault: string | undefined;
  const refuse = (text: string, reason: string): void => {
    if (numbersIn(text).length > 0) fault ??= reason;
  };
  const put = (text: string, place: Place): void => {
    for (const number of numbersIn(text)) places[number] = place;
  };
  const tokens = parsed(numbered);
  if (tokens === undefined) return 'is nested too deeply';
  const topLevel = new Set(tokens);
  const inTables = new Set<number>();
  void walkTokens(tokens, (each: Token) => {
    const token = each as Tokens.Generic;
    switch (token.type) {
      case 'paragraph':
        if (topLevel.has(each)) put(token.raw, isMark.test(token.raw.trim()) ? 'paragraph' : 'text');
        return;
      case 'table':
        for (const number of numbersIn(token.raw)) inTables.add(number);
        return;
      case 'codespan':
        if (token.raw.includes('\n'))
          return refuse(token.raw, 'a value in code must be on the same line as both marks');
        if (numbersIn(token.raw).some((number) => inTables.has(number)))
          return refuse(token.raw, 'a value must not stand in code in a table');
        return put(token.raw, 'code');
      case 'code': {
        const { text } = token as Tokens.Code;
        const isFence =
          topLevel.has(each) && token.raw.startsWith('```') && !numbersIn(token.raw.split('\n')[0] ?? '').length;
        return isFence
          ? put(text, 'codeBlock')
          : refuse(token.raw, 'a value can stand in a code block only between lines of ``` without indent');
      }
      case 'html':
        return refuse(token.raw, 'a value must not stand in HTML');
      case 'def':
        refuse(token.raw, 'a value must not stand in the definition of a link');
        return;
      case 'link':
      case 'image': {
        const address = decodedAddress(String(token['href']));
        const isReference = /^(?:member|email):/.test(address);
        const isWhole = isMark.test(address);
        if (/^\ue000./.test(address) && !isWhole) fault ??= 'an address must not begin with a value, unless it is one';
        put(address, isReference ? 'reference' : isWhole ? 'wholeAddress' : 'address');
        return;
      }
      default:
        return;
    }
  });
  for (const { index, 1: number = '' } of numbered.matchAll(/\ue000([\ue100-\uf7ff])/g)) {
    const place = places[number.charCodeAt(0) - firstNumber];
    const before = numbered.slice(Math.max(0, index - longestBefore), index);
    if (place === 'code' && /\[[^\]]*$/.test(paragraphEnd(numbered.slice(0, index))))
      fault ??= 'a value in code must not stand in brackets';
    if (place !== 'text' && place !== 'line' && place !== 'paragraph') continue;
    if (/<[^\s<>]*$/.test(before)) fault ??= 'a value must not stand behind "<": it could become a tag';
    if (/(?:\/\/|www\.)$/i.test(before)) fault ??= 'an address must not begin with a value: write [words]({address})';
  }
  return fault ?? places;
}

const longestBefore = 200;

/** Without escaped characters. A bracket and a value could become the definition of a link, which nobody sees. */
const paragraphEnd = (text: string): string => text.slice(text.lastIndexOf('\n\n') + 1).replace(/\\[^]/g, '');

function parsed(markdown: string): Token[] | undefined {
  try {
    return parseMarkdown(markdown);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The parser percent-encodes addresses. */
function decodedAddress(href: string): string {
  try {
    return decodeURI(href);
  } catch {
    return href;
  }
}
