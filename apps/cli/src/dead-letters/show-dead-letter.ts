// A dead letter for people and as JSON. Bytes that are no text are shown in hexadecimal, so nothing is hidden; of a
// truncated letter the original is shown where it is still in its topic, and what is missing is said where it is not.
import { isUtf8 } from 'node:buffer';
import { originalName, type DeadLetter, type DeadLetterSummary, type Original } from '@carillon/messaging';
import { table } from '../terminal.ts';
import { placeOf } from './place.ts';
import { printable, printableLine } from '../printable.ts';
import { missingOf } from './sizes.ts';

/** Characters of a value on a terminal; JSON has all of them. */
const longestValue = 20_000;

/** Headers on a terminal, and characters of one. */
const mostHeaders = 100;
const longestHeader = 1_000;

type Bytes = Buffer | string | null;
type Record = Pick<DeadLetter, 'key' | 'value' | 'headers'>;

const text = (bytes: Bytes): string =>
  bytes === null
    ? '(none)'
    : typeof bytes === 'string'
      ? bytes
      : isUtf8(bytes)
        ? bytes.toString()
        : `hex ${bytes.toString('hex')}`;

/** The producer's headers under the producer's names. */
function headersOf({ headers }: Record, copy: boolean): [string, string[]][] {
  return Object.entries(headers).flatMap(([name, value]): [string, string[]][] => {
    const original = copy ? originalName(name) : name;
    if (original === undefined) return [];
    return [[original, (Array.isArray(value) ? value : [value ?? null]).map(text)]];
  });
}

export function showDeadLetter(letter: DeadLetter, original?: Original): string {
  const { reason, detail, event, from, at, retriedAt, retryOf, missing, lastOffset } = letter;
  const shown = original && 'record' in original ? original.record : letter;
  const rows = [
    ['dead letter', placeOf(letter)],
    ['reason', reason],
    ['detail', detail],
    [
      'from',
      `${from.topic}, partition ${from.partition}, offset ${from.offset}${lastOffset === undefined ? '' : ` to ${lastOffset}`}`,
    ],
    ['source', event.source ?? '-'],
    ['id', event.id ?? '-'],
    ['at', at],
    ...(retryOf ? [['a retry of', retryOf]] : []),
    ...(retriedAt ? [['sent again', retriedAt]] : []),
    ...(missing.length > 0 ? [['truncated', missingOf(letter)]] : []),
    ...(original
      ? [['original', 'record' in original ? 'shown below, as it is in its topic' : `not available: ${original.gone}`]]
      : []),
    ['key', bounded(text(shown.key), longestHeader)],
  ].map((row) => row.map(printableLine));
  const headers = headersOf(shown, shown === letter).flatMap(([name, values]) =>
    values.map((value) => [
      `  ${printableLine(bounded(name, longestHeader))}`,
      printableLine(bounded(value, longestHeader)),
    ]),
  );
  const more = headers.length > mostHeaders ? `  and ${headers.length - mostHeaders} more; see --json\n` : '';
  return `${table(rows)}\nheaders\n${table(headers.slice(0, mostHeaders))}${more}\nvalue\n${printable(bounded(pretty(text(shown.value)), longestValue))}\n`;
}

const bounded = (shown: string, characters: number): string =>
  shown.length > characters
    ? `${shown.slice(0, characters)}… and ${shown.length - characters} characters more; see --json`
    : shown;

/** What is known without the bytes of the record. */
export function summaryJson(letter: DeadLetterSummary): { [name: string]: unknown } {
  const { topic, partition, offset, reason, detail, event, from, at, retriedAt, retryOf, missing, size, lastOffset } =
    letter;
  return {
    place: placeOf(letter),
    topic,
    partition,
    offset,
    reason,
    detail,
    source: event.source,
    id: event.id,
    from,
    at,
    retriedAt,
    retryOf,
    truncated: missing,
    size,
    lastOffset,
  };
}

/** `original` says whether key, headers and value are those of the record in its topic, or of the truncated copy. */
export function deadLetterJson(letter: DeadLetter, original?: Original): { [name: string]: unknown } {
  const fetched = original && 'record' in original;
  const { key, value, headers } = fetched ? original.record : letter;
  const own = Object.entries(letter.headers).filter(([name]) => originalName(name) === undefined);
  const shown = headersOf({ key, value, headers }, !fetched).concat(
    own.map(([name, one]) => [name, (Array.isArray(one) ? one : [one ?? null]).map(text)]),
  );
  return {
    ...summaryJson(letter),
    ...(original ? { original: fetched ? { available: true } : { available: false, reason: original.gone } } : {}),
    key: key && text(key),
    headers: Object.fromEntries(shown.map(([name, values]) => [name, values.length === 1 ? values[0] : values])),
    value: value && text(value),
    valueBase64: value?.toString('base64') ?? null,
  };
}

function pretty(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
