// A dead letter for people and as JSON. Bytes that are no text are shown in hexadecimal, so nothing is hidden.
import { isUtf8 } from 'node:buffer';
import type { DeadLetter } from '@carillon/messaging';
import { table } from '../terminal.ts';
import { placeOf } from './place.ts';

const text = (bytes: Buffer | string | null): string =>
  bytes === null ? '(none)' : typeof bytes === 'string' ? bytes : isUtf8(bytes) ? bytes.toString() : `hex ${bytes.toString('hex')}`;

function headersOf({ headers }: DeadLetter): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value ?? null]).map((one): [string, string] => [name, text(one)]),
  );
}

export function showDeadLetter(letter: DeadLetter): string {
  const { reason, detail, from, at, retriedAt, retryOf, key, value } = letter;
  const rows = [
    ['dead letter', placeOf(letter)],
    ['reason', reason],
    ['detail', detail],
    ['from', `${from.topic}, partition ${from.partition}, offset ${from.offset}`],
    ['at', at],
    ...(retryOf ? [['a retry of', retryOf]] : []),
    ...(retriedAt ? [['sent again', retriedAt]] : []),
    ['key', text(key)],
  ];
  const headers = headersOf(letter).filter(([name]) => !name.startsWith('dlq_'));
  return `${table(rows)}\nheaders\n${table(headers.map(([name, shown]) => [`  ${name}`, shown]))}\nvalue\n${pretty(text(value))}\n`;
}

export function deadLetterJson(letter: DeadLetter): Record<string, unknown> {
  const { topic, partition, offset, reason, detail, from, at, retriedAt, retryOf, key, value } = letter;
  return {
    ...{ place: placeOf(letter), topic, partition, offset, reason, detail, from, at, retriedAt, retryOf },
    ...{ key: key && text(key), headers: Object.fromEntries(headersOf(letter)), value: value && text(value), valueBase64: value?.toString('base64') ?? null },
  };
}

function pretty(value: string): string {
  try {
    return JSON.stringify(JSON.parse(value), null, 2);
  } catch {
    return value;
  }
}
