// Finds where a text stops being JSON. V8's message sometimes names no position and repeats a part of the text, which
// may contain personal data; the result names the place and repeats nothing. Runs only on text that JSON.parse has
// refused.
const string = /"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const literal = /true|false|null/y;

const isBlank = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;

/** `line 2, column 5`, or `at the end` where something is missing. */
export function jsonErrorPlace(text: string): string {
  const at = firstError(text);
  if (at >= text.length) return text.trim() === '' ? 'the value is empty' : 'the value ends too early';
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  return `not JSON at line ${line}, column ${at - before.lastIndexOf('\n')}`;
}

/** The stack of closing brackets is explicit, so deeply nested text cannot exhaust the call stack. */
function firstError(text: string): number {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.test(text);
    if (found) at = pattern.lastIndex;
    return found;
  };
  // No pattern: there is white space to skip at every bracket, and a text may have a million of them.
  const skipBlanks = (): void => {
    while (isBlank(text.charCodeAt(at))) at++;
  };
  const takeChar = (char: string): boolean => {
    skipBlanks();
    if (text[at] !== char) return false;
    at++;
    return true;
  };
  const member = (): boolean => {
    skipBlanks();
    return take(string) && takeChar(':');
  };
  const closers: string[] = [];
  for (;;) {
    skipBlanks();
    if (takeChar('{')) {
      if (takeChar('}')) {
        // An empty object is a complete value.
      } else if (member()) {
        closers.push('}');
        continue;
      } else return at;
    } else if (takeChar('[')) {
      if (!takeChar(']')) {
        closers.push(']');
        continue;
      }
    } else if (!take(string) && !take(number) && !take(literal)) return at;
    while (closers.length > 0 && takeChar(closers.at(-1)!)) closers.pop();
    if (closers.length === 0) {
      skipBlanks();
      return at;
    }
    if (!takeChar(',')) return at;
    if (closers.at(-1) === '}' && !member()) return at;
  }
}
