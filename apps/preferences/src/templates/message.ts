// A text in ICU MessageFormat: which values it needs, and the text for the values of an event. Guarantees: a text that
// compiles can be written for all values of the right kinds; HTML-like tags are plain text; only own names are read.
// It does not escape: what it writes is a frame with a mark for each value, and the values apart, so that the caller
// knows which characters come from the event.
import { IntlMessageFormat } from 'intl-messageformat';
import type { Formatters } from './formatters.ts';
import type { Instant, Values } from './values.ts';

/** Stands for a value in a frame. From the private use area, and refused in the words of a template. */
export const valueMark = '\ue000';

export interface Inserted {
  /** Absent for a number or a date that the text formats. */
  name?: string;
  text: string;
}

export interface Written {
  frame: string;
  inserted: readonly Inserted[];
}

const deepestNesting = 8;
const mostElements = 500;

/** As the parser gives them; https://formatjs.github.io/docs/core-concepts/icu-syntax */
interface Element {
  type: number;
  value: string;
  style?: string | null | { parsedOptions: Record<string, unknown> };
  options?: Record<string, { value: Element[] }>;
}
const kinds = { literal: 0, argument: 1, number: 2, date: 3, time: 4, select: 5, plural: 6, pound: 7, tag: 8 } as const;

/** A value can be needed in several ways, and is read by another name for each of them. */
type Need = 'text' | 'number' | 'instant';
const needs = new Map<number, Need>([
  [kinds.argument, 'text'],
  [kinds.select, 'text'],
  [kinds.number, 'number'],
  [kinds.plural, 'number'],
  [kinds.date, 'instant'],
  [kinds.time, 'instant'],
]);

const styles = new Map<number, readonly string[]>([
  [kinds.number, ['integer', 'percent']],
  [kinds.date, ['short', 'medium', 'long', 'full']],
  [kinds.time, ['short', 'medium', 'long', 'full']],
]);

export class Message {
  readonly names: ReadonlySet<string>;
  private readonly format: IntlMessageFormat;
  private readonly arguments: object;
  private writing: { values: Values; timeZone: string; inserted: Inserted[] } | undefined;

  private constructor(
    private readonly elements: Element[],
    locale: string,
    formatters: Formatters,
  ) {
    this.names = namesIn(elements);
    this.arguments = this.argumentsFor(elements);
    const insert = (text: string): string => this.insert({ text });
    this.format = new IntlMessageFormat(renamed(elements), locale, undefined, {
      ignoreTag: true,
      formatters: {
        getNumberFormat: (_locale, options) =>
          ({
            format: (value: number) => insert(formatters.number(locale, options).format(value)),
          }) as Intl.NumberFormat,
        getDateTimeFormat: (_locale, options) =>
          ({
            format: (value: unknown) => insert(this.formatInstant(formatters, locale, value as Instant, options)),
          }) as Intl.DateTimeFormat,
        getPluralRules: (_locale, options) => formatters.plural(locale, options),
      },
    });
  }

  /** @returns what is wrong with the text where it does not compile */
  static compile(text: string, locale: string, formatters: Formatters): Message | string {
    if (text.includes(valueMark)) return 'must not contain the character U+E000';
    try {
      const elements = new IntlMessageFormat(text, locale, undefined, { ignoreTag: true }).getAst() as unknown;
      const fault = faultIn(elements as Element[], locale, formatters);
      return fault ?? new Message(elements as Element[], locale, formatters);
    } catch (error) {
      return syntaxError(error);
    }
  }

  write(values: Values, timeZone: string): Written {
    const inserted: Inserted[] = [];
    this.writing = { values, timeZone, inserted };
    try {
      return { frame: String(this.format.format(this.arguments)), inserted };
    } finally {
      this.writing = undefined;
    }
  }

  /** Frames in which each alternative occurs at least once. */
  sampleFrames(): string[] {
    const widest = Math.max(1, ...alternativesIn(this.elements));
    return Array.from({ length: widest }, (_, at) => frameWith(this.elements, at));
  }

  /** The literal parts, where the text has only plain values (`{id}`). */
  plainParts(): readonly ({ literal: string } | { name: string })[] | undefined {
    if (!this.elements.every(({ type }) => type === kinds.literal || type === kinds.argument)) return undefined;
    return this.elements.map(({ type, value }) => (type === kinds.literal ? { literal: value } : { name: value }));
  }

  private insert(one: Inserted): string {
    this.writing?.inserted.push(one);
    return valueMark;
  }

  private formatInstant(
    formatters: Formatters,
    locale: string,
    { milliseconds, isWholeDay }: Instant,
    options: Intl.DateTimeFormatOptions | undefined,
  ): string {
    const timeZone = isWholeDay ? 'UTC' : (this.writing?.timeZone ?? 'UTC');
    return formatters.instant(locale, timeZone, options).format(milliseconds);
  }

  /** The formatter reads an argument exactly where it writes it. */
  private argumentsFor(elements: readonly Element[]): object {
    const found = Object.create(null) as object;
    const define = (key: string, get: (values: Values) => unknown): void => {
      if (!(key in found)) Object.defineProperty(found, key, { get: () => this.writing && get(this.writing.values) });
    };
    for (const { type, value: name } of everyElement(elements)) {
      const key = keyOf(type, name);
      if (type === kinds.argument) define(key, (values) => this.insert({ name, text: values.text(name) }));
      else if (type === kinds.select) define(key, (values) => values.text(name));
      else if (needs.get(type) === 'number') define(key, (values) => values.number(name));
      else if (needs.get(type) === 'instant') define(key, (values) => values.instant(name));
    }
    return found;
  }
}

const keyOf = (type: number, name: string): string => `${type === kinds.select ? 'select' : needs.get(type)}:${name}`;

const renamed = (elements: readonly Element[]): Element[] =>
  elements.map((element) => ({
    ...element,
    ...(needs.has(element.type) && { value: keyOf(element.type, element.value) }),
    ...(element.options && {
      options: Object.fromEntries(
        Object.entries(element.options).map(([name, option]) => [name, { ...option, value: renamed(option.value) }]),
      ),
    }),
  }));

function* everyElement(elements: readonly Element[]): Generator<Element> {
  for (const element of elements) {
    yield element;
    for (const { value } of Object.values(element.options ?? {})) yield* everyElement(value);
  }
}

const namesIn = (elements: readonly Element[]): Set<string> =>
  new Set([...everyElement(elements)].filter(({ type }) => needs.has(type)).map(({ value }) => value));

const alternativesIn = (elements: readonly Element[]): number[] =>
  [...everyElement(elements)].map(({ options }) => Object.keys(options ?? {}).length);

function frameWith(elements: readonly Element[], at: number): string {
  return elements
    .map(({ type, value, options }) => {
      if (type === kinds.literal) return value;
      const alternatives = Object.values(options ?? {});
      return alternatives.length === 0 ? valueMark : frameWith(alternatives[at % alternatives.length]?.value ?? [], at);
    })
    .join('');
}

function faultIn(elements: readonly Element[], locale: string, formatters: Formatters): string | undefined {
  if (depthOf(elements) > deepestNesting) return `must not be nested deeper than ${deepestNesting} levels`;
  const all = [...everyElement(elements)];
  if (all.length > mostElements) return `must not have more than ${mostElements} parts`;
  for (const { type, value, style, options } of all) {
    if (type === kinds.tag) return 'must not have tags';
    if (options && Object.hasOwn(options, '__proto__')) return 'must not have an alternative named __proto__';
    const known = styles.get(type);
    if (known === undefined || style === undefined || style === null) continue;
    const name = `{${value}, ${type === kinds.number ? 'number' : type === kinds.date ? 'date' : 'time'}, …}`;
    if (typeof style === 'string') {
      if (!known.includes(style)) return `${name}: the style must be one of ${known.join(', ')}, or a skeleton (::…)`;
    } else {
      if (Object.keys(style.parsedOptions).length === 0) return `${name}: unknown skeleton`;
      try {
        if (type === kinds.number) formatters.number(locale, style.parsedOptions);
        else formatters.instant(locale, 'UTC', style.parsedOptions);
      } catch (error) {
        return `${name}: ${error instanceof Error ? error.message : 'wrong skeleton'}`;
      }
    }
  }
  return undefined;
}

const depthOf = (elements: readonly Element[]): number =>
  1 +
  Math.max(-1, ...elements.flatMap(({ options }) => Object.values(options ?? {}).map(({ value }) => depthOf(value))));

/** `EXPECT_ARGUMENT_CLOSING_BRACE` with its place. */
function syntaxError(error: unknown): string {
  if (error instanceof RangeError) return `must not be nested deeper than ${deepestNesting} levels`;
  const { message, location } = error as Error & { location?: { start: { line: number; column: number } } };
  const words = /^[A-Z_]+$/.test(message) ? message.toLowerCase().replaceAll('_', ' ') : message;
  return location === undefined
    ? `is no ICU message: ${words}`
    : `is no ICU message: ${words} (line ${location.start.line}, character ${location.start.column})`;
}
