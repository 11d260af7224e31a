// The most that parsing a Markdown text may cost, computed before it is parsed. The parser's worst time grows with the
// length times the number of marks, because each mark may search the rest of the text for its partner.
// Guarantees: one pass over the text, which stops as soon as the answer is known. The real cost is often much lower.

/** Worst case measured over all repetitions of up to three marks (docs/adr/0020): some 10 ms at this product. */
const mostWork = 60_000;
const longest = 4_000;

/** True where parsing and drawing take few milliseconds whatever the text says. */
export function isCheapToParse(markdown: string, most = mostWork): boolean {
  return workOf(markdown, most) <= most;
}

/** Length times marks; counted no further than past `most`. */
export function workOf(markdown: string, most = Number.POSITIVE_INFINITY): number {
  const { length } = markdown;
  if (length > longest) return Number.POSITIVE_INFINITY;
  let marks = 1;
  for (let at = 0; at < length; at += 1) {
    if (isMark(markdown.charCodeAt(at)) && ++marks * length > most) break;
  }
  return marks * length;
}

/** Punctuation and line ends of ASCII; letters, digits, spaces and other scripts mean nothing to the parser. */
const isMark = (code: number): boolean =>
  code < 0x80 &&
  !(code >= 0x61 && code <= 0x7a) &&
  !(code >= 0x30 && code <= 0x39) &&
  !(code >= 0x41 && code <= 0x5a) &&
  code !== 0x20;
