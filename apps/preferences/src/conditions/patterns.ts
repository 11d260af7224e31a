// The patterns of `matches`. RE2 matches in linear time, where one JavaScript RegExp can take seconds. A pattern is
// compiled when the expression is compiled. Guarantee: its program is small, so that compiling it and one step of it
// are cheap; a text can make it build and keep only few states of its automaton.
import { RE2JS } from 're2js';

const longest = 200;
const largestProgram = 200;
/** Compiling a class of Unicode such as \p{L} takes up to 0.2 ms, as much as many other steps. */
const stepsPerUnicodeClass = 40;
/**
 * For the states that `test` builds while it reads. The library's own limit is 8 MB for each pattern, and building a
 * state takes up to 20 µs: a random text makes `a.{90}[cd]` build one at each character. Where they are full, the
 * library would build them anew with every text. Instead the pattern goes on without the automaton, at about 30 ns for
 * each step of the program and character.
 */
const stateBytes = 32_768;

/** Of the library, not documented: condition-guards.spec.ts notices where it changes. */
interface Internals {
  dfa: { stateBudget: number; memBudget: number; failed: boolean; clearCache: () => void };
  /** Null: it may have to follow several steps of its program at once. */
  onepass: object | null;
}

const internalsOf = (pattern: RE2JS): Internals => pattern.re2();

/** How many steps of the program one character may take. */
export const stepsPerCharacter = (pattern: RE2JS): number =>
  internalsOf(pattern).onepass === null ? pattern.programSize() : 1;

/** The compiled pattern, or why it is refused. */
export function compilePattern(text: string): RE2JS | string {
  if (text.length > longest) return `the pattern has more than ${longest} characters`;
  if (estimateProgram(text) > largestProgram) return 'the pattern repeats too much';
  try {
    const pattern = RE2JS.compile(text);
    if (pattern.programSize() > largestProgram) return 'the pattern repeats too much';
    const { dfa } = internalsOf(pattern);
    dfa.stateBudget = dfa.memBudget = stateBytes;
    const clear = dfa.clearCache.bind(dfa);
    dfa.clearCache = () => {
      clear();
      dfa.failed = true;
    };
    return pattern;
  } catch (error) {
    return `the pattern is not valid RE2: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/**
 * The steps that counted repeats unfold to: `(ab){100}` is 200. RE2 unfolds before it can be asked, so this is counted
 * first. An estimate: of `\Q...\E` it knows nothing, and refuses it.
 */
function estimateProgram(text: string): number {
  const sizes = [(text.match(/\\[pP]/g)?.length ?? 0) * stepsPerUnicodeClass];
  let atom = 0;
  const add = (size: number): void => {
    atom = size;
    sizes[sizes.length - 1] = (sizes.at(-1) as number) + size;
  };
  // An escape, a class, a counted repeat, or any one character.
  const tokens = text.matchAll(
    /\\(?:Q|[pP]\{[^}]*\}|x\{[^}]*\}|[^])|\[\^?\]?(?:\\[^]|\[:[^\]]*:\]|[^\]\\])*\]|\{(\d+)(?:(,)(\d*))?\}|[^]/g,
  );
  for (const [token, least, , most] of tokens) {
    if (token === '\\Q') return Number.POSITIVE_INFINITY;
    if (least !== undefined) {
      const times = Math.max(Number(least), Number(most ?? 0));
      add(atom * Math.max(times - 1, 0));
      atom += atom * Math.max(times - 1, 0);
    } else if (token === '(') sizes.push(0);
    else if (token === ')' && sizes.length > 1) add((sizes.pop() as number) + 2);
    else add(1);
  }
  return sizes.reduce((sum, size) => sum + size, 0);
}
