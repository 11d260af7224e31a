// The dead letter of a record that can't be handled: a copy for the dead-letter topic, with the reason in headers.
// Guarantees: the letter fits into the budget, whatever the record is. A record that fits is copied byte for byte; for
// one that does not, the letter holds the first bytes of the value, the headers that fit, the original sizes and a
// digest, and `dlq_truncated` names what is missing. Header names of the producer that begin with `dlq_` are renamed.
// It does not store the missing bytes. They are at `dlq_topic`/`dlq_partition`/`dlq_offset` until retention removes
// them.
import { deadLetterNameOf } from '@carillon/domain';
import type { RawIncoming, WireRecord } from '../records/record.ts';
import { largestDeadLetterBytes } from '../publishing/record-limits.ts';
import { bytesOf } from '../publishing/send-plan.ts';
import { digestOf } from './digest.ts';
import { bounded, letterHeader, longestDetail, nameInLetter, originalName } from './letter-headers.ts';
import { fittingHeaders, headerEntries, headersOf, type HeaderEntry } from './producer-headers.ts';
import { undecodableBatch } from './undecodable-batch.ts';
import type { Rejection } from '../records/rejection.ts';

/** `budget` is the most bytes that the dead-letter topic takes. */
export function deadLetter(rejection: Rejection, at: Date = new Date(), budget = largestDeadLetterBytes): WireRecord {
  if (rejection.undecodable)
    return undecodableBatch({ ...rejection, ...rejection.undecodable, firstOffset: rejection.offset }, at);
  const { raw, topic } = rejection;
  const { entries, nulls } = headerEntries(raw.headers, nameInLetter);
  const letter = { topic: deadLetterNameOf(topic), key: raw.key, value: raw.value };
  // Checked first, because an object of 100,000 headers is expensive to build.
  if (bytesOf(raw) > budget) return truncated(rejection, entries, nulls, at, budget);
  const whole: WireRecord = {
    ...letter,
    headers: headersOf([...entries, ...reasonEntries(rejection, at, budget), ...nullEntries(nulls)]),
  };
  return bytesOf(whole) <= budget ? whole : truncated(rejection, entries, nulls, at, budget);
}

/** The original record for its own topic, with the dead letter that it comes from in the header `dlq_retried_from`. */
export function retryOf(
  letter: RawIncoming & { topic: string; partition: number; offset: string },
  sourceTopic: string,
): WireRecord {
  return resendOf(letter, letter, sourceTopic, originalName);
}

/** As `retryOf`, with the record that was fetched from its source topic instead of the copy. */
export function retryOfOriginal(
  letter: { topic: string; partition: number; offset: string },
  original: RawIncoming,
  sourceTopic: string,
): WireRecord {
  return resendOf(letter, original, sourceTopic, (name) => name);
}

function resendOf(
  letter: { topic: string; partition: number; offset: string },
  { key, value, headers }: RawIncoming,
  topic: string,
  nameOf: (name: string) => string | undefined,
): WireRecord {
  const { entries } = headerEntries(headers, nameOf);
  const retriedFrom: HeaderEntry = [letterHeader.retriedFrom, `${letter.topic}/${letter.partition}/${letter.offset}`];
  return {
    topic,
    key,
    value,
    headers: headersOf([...entries.filter(([name]) => name !== letterHeader.retriedFrom), retriedFrom]),
  };
}

function reasonEntries({ code, detail, topic, partition, offset }: Rejection, at: Date, budget: number): HeaderEntry[] {
  return [
    [letterHeader.reason, code],
    [letterHeader.detail, bounded(detail, Math.min(longestDetail, budget >> 4))],
    [letterHeader.topic, topic],
    [letterHeader.partition, String(partition)],
    [letterHeader.offset, offset],
    [letterHeader.at, at.toISOString()],
  ];
}

/** Characters of the list of headers without a value. */
const longestNullList = 1_000;

const nullEntries = (nulls: readonly string[]): HeaderEntry[] =>
  nulls.length === 0 ? [] : [[letterHeader.nullHeaders, bounded(nulls.join(','), longestNullList)]];

/** A quarter of the budget for headers, a sixteenth for the key, the rest for the value. */
function truncated(
  rejection: Rejection,
  entries: readonly HeaderEntry[],
  nulls: readonly string[],
  at: Date,
  budget: number,
): WireRecord {
  const { raw, topic } = rejection;
  const kept = fittingHeaders(entries, budget >> 2);
  const key = raw.key && prefixOf(raw.key, budget >> 4);
  const missing: string[] = [];
  if (key !== raw.key) missing.push('key');
  if (kept.omitted > 0) missing.push('headers');
  const headers = (what: readonly string[]): WireRecord['headers'] =>
    headersOf([
      ...kept.entries,
      ...reasonEntries(rejection, at, budget),
      ...nullEntries(nulls.slice(0, 10)).map(
        ([name, value]): HeaderEntry => [name, bounded(String(value), budget >> 6)],
      ),
      [letterHeader.truncated, what.join(',')],
      [letterHeader.keyBytes, String(raw.key?.length ?? 0)],
      [letterHeader.valueBytes, String(raw.value?.length ?? 0)],
      [letterHeader.headersBytes, String(kept.totalBytes)],
      [letterHeader.headersCount, String(kept.total)],
      [letterHeader.headersOmitted, String(kept.omitted)],
      [letterHeader.digest, digestOf(raw)],
    ]);
  const room = budget - bytesOf({ key, value: null, headers: headers([...missing, 'value']) });
  const value = raw.value && prefixOf(raw.value, Math.max(0, room));
  if (value !== raw.value) missing.push('value');
  return { topic: deadLetterNameOf(topic), key, value, headers: headers(missing) };
}

/** The whole buffer if it is short enough, else its first bytes; a character of UTF-8 is not cut in two. */
function prefixOf(bytes: Buffer, most: number): Buffer {
  if (bytes.length <= most) return bytes;
  let end = most;
  for (let back = 0; back < 3 && end > 0 && (bytes[end]! & 0xc0) === 0x80; back++) end--;
  return bytes.subarray(0, end);
}
