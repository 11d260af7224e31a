// Emphasis beside Chinese, Japanese and Korean text, which has no spaces between words. CommonMark's rule for a run of
// `*` or `~` needs a space or punctuation outside of it where punctuation stands inside of it, so that in
// `**重要。**次` nothing is bold. The rule here is that of the "CJK-friendly" amendment to CommonMark (issue 650 of
// commonmark-spec; implemented for remark, markdown-it, markdig, comrak): punctuation of these scripts counts as a
// letter inside of the run, and any of their characters counts as punctuation outside of it. Guarantees: text without
// such characters is read as before; runs of `_`, which never work inside a word, are too. It replaces the parser's
// expressions and keeps its algorithm, so that the cost of parsing stays what it is.
import type { Tokenizer } from 'marked';

type InlineRules = Tokenizer['rules']['inline'];

/** By blocks of Unicode; U+3000, a space, is left out. */
const cjk =
  '\\u1100-\\u11ff\\u2e80-\\u2fff\\u3001-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff\\ufe10-\\ufe1f' +
  '\\ufe30-\\ufe6f\\uff01-\\uffee\\u{16fe0}-\\u{18dff}\\u{1aff0}-\\u{1b2ff}\\u{1f200}-\\u{1f2ff}\\u{20000}-\\u{3fffd}';

const flanking = (mark: '*' | '~', run: string): string => {
  // Inside of strong text, GFM's `~` is a letter for `*`.
  const tilde = mark === '*' ? '~' : '';
  const punctuation = `(?![${mark}${tilde}${cjk}])[\\p{P}\\p{S}]`;
  const anyPunctuation = `(?![${mark}${tilde}])[\\p{P}\\p{S}${cjk}]`;
  const letter = tilde === '' ? `[^\\s\\p{P}\\p{S}${cjk}]` : `(?:[^\\s\\p{P}\\p{S}${cjk}]|~)`;
  const letterOrCjk = `(?:${letter}|[${cjk}])`;
  return [
    // The parser knows what a run can do by the number of the group that took it.
    `${anyPunctuation}(${run})(?=\\s|$)`, // 1: ends only
    `${letter}(${run})(?![${mark}])(?=\\s|${punctuation}|$)`, // 2: ends only
    `(?:\\s|${punctuation})(${run})(?=${letter})`, // 3: begins only
    `\\s(${run})(?![${mark}])(?=${anyPunctuation})`, // 4: begins only
    `${anyPunctuation}(${run})(?![${mark}])(?=${anyPunctuation})`, // 5: either
    `${letterOrCjk}(${run})(?=${letterOrCjk})`, // 6: either
  ].join('|');
};

const punctuationInside = `(?![${cjk}])[\\p{P}\\p{S}]`;

const changed = {
  /** What may stand before a run that is followed by punctuation. */
  punctuation: new RegExp(`^((?![*_])[\\s\\p{P}\\p{S}${cjk}])`, 'u'),
  emStrongLDelim: new RegExp(
    `^(?:\\*+(?:((?![*~])${punctuationInside})|([^\\s*]))?)|^_+(?:((?![_~])[\\p{P}\\p{S}])|([^\\s_]))?`,
    'u',
  ),
  emStrongRDelimAst: new RegExp(`^[^_*]*?__[^_*]*?\\*[^_*]*?(?=__)|[^*]+(?=[^*])|${flanking('*', '\\*+')}`, 'gu'),
  delLDelim: new RegExp(`^~~?(?:((?!~)${punctuationInside})|[^\\s~])`, 'u'),
  delRDelim: new RegExp(`^[^~]+(?=[^~])|${flanking('~', '~~?')}`, 'gu'),
} satisfies Partial<InlineRules>;

const known = new WeakMap<InlineRules, InlineRules>();

export function withCjkEmphasis(rules: InlineRules): InlineRules {
  const made = known.get(rules) ?? { ...rules, ...changed };
  known.set(rules, made);
  known.set(made, made);
  return made;
}

/** The parser hands over half of a character outside of the basic plane. */
export function characterBefore(masked: string, at: number, unit: string): string {
  return /^[\udc00-\udfff]$/.test(unit) ? (Array.from(masked.slice(Math.max(0, at - 2), at)).at(-1) ?? unit) : unit;
}
