// A record of a dead-letter topic as data: a letter, or the marker that one was sent again.
// Guarantee: reads letters of every earlier version, and records that somebody else wrote there, without throwing.
import { sourceNameOf } from '@carillon/domain';
import { textOf, type HeaderValue, type Position, type RawIncoming } from '../records/record.ts';
import { eventIdentityOf, type EventIdentity } from './event-identity.ts';
import { letterHeader } from './letter-headers.ts';
import type { ReadRecord } from './read-ranges.ts';

export type MissingPart = 'key' | 'headers' | 'value' | 'batch';

/** What is known of a letter without its bytes. */
export interface DeadLetterSummary extends Position {
  reason: string;
  detail: string;
  /** The record's CloudEvents id and source, as far as they can be read. */
  event: EventIdentity;
  /** Where it came from. */
  from: Position;
  at: string;
  /** When it was sent again, if it was. */
  retriedAt?: string;
  /** The dead letter whose retry this is, as the record says of itself: it has failed before. */
  retryOf?: string;
  /** What the letter does not hold in full; `batch`: no record of a batch could be read. Empty: it is a whole copy. */
  missing: readonly MissingPart[];
  /** Bytes of the letter itself, and of the original. */
  size: { held: Size; original: Size };
  /** Where no record of a batch could be read: the offset of its last one. */
  lastOffset?: string;
  /** SHA-256 of the original, of truncated letters. */
  digest?: string;
}

export interface Size {
  key: number;
  value: number;
  headers: number;
}

export interface DeadLetter extends DeadLetterSummary, RawIncoming {}

/** The offset of the letter that was sent again, and when; undefined for a letter. */
export function retriedMarker({ message }: ReadRecord): { offset: string; at: string } | undefined {
  const offset = textOf(message.headers?.[letterHeader.retried]);
  return offset === undefined
    ? undefined
    : { offset, at: textOf(message.headers?.[letterHeader.at]) ?? writtenAt(message) };
}

export function readLetter(record: ReadRecord): DeadLetter {
  const { key, value } = record.message;
  return { ...readSummary(record), key, value, headers: record.message.headers ?? {} };
}

export function readSummary({ topic, partition, message }: ReadRecord): DeadLetterSummary {
  const headers: Record<string, HeaderValue> = message.headers ?? {};
  const text = (name: string): string | undefined => textOf(headers[name]);
  const number = (name: string): number | undefined =>
    /^\d{1,15}$/.test(text(name) ?? '') ? Number(text(name)) : undefined;
  const held = { key: message.key?.length ?? 0, value: message.value?.length ?? 0, headers: countOf(headers) };
  const retryOf = text(`original_${letterHeader.retriedFrom}`) ?? text(letterHeader.retriedFrom);
  const [lastOffset, digest] = [text(letterHeader.lastOffset), text(letterHeader.digest)];
  return {
    topic,
    partition,
    offset: message.offset,
    reason: text(letterHeader.reason) ?? 'unknown',
    detail: text(letterHeader.detail) ?? '',
    event: eventIdentityOf(headers, message.value),
    from: {
      topic: text(letterHeader.topic) ?? sourceNameOf(topic),
      partition: number(letterHeader.partition) ?? -1,
      offset: text(letterHeader.offset) ?? '',
    },
    at: text(letterHeader.at) ?? writtenAt(message),
    missing: (text(letterHeader.truncated)?.split(',') ?? []).filter((part): part is MissingPart => parts.has(part)),
    size: {
      held,
      original: {
        key: number(letterHeader.keyBytes) ?? held.key,
        value: number(letterHeader.valueBytes) ?? number(letterHeader.batchBytes) ?? held.value,
        headers: number(letterHeader.headersCount) ?? held.headers,
      },
    },
    ...(retryOf === undefined ? {} : { retryOf }),
    ...(lastOffset === undefined ? {} : { lastOffset }),
    ...(digest === undefined ? {} : { digest }),
  };
}

const parts = new Set<string>(['key', 'headers', 'value', 'batch'] satisfies MissingPart[]);

const writtenAt = ({ timestamp }: ReadRecord['message']): string => new Date(Number(timestamp)).toISOString();

const ownNames = new Set<string>(Object.values(letterHeader));

/** Headers of the producer; a name that stands twice counts twice. */
function countOf(headers: Record<string, HeaderValue>): number {
  let count = 0;
  for (const [name, value] of Object.entries(headers))
    if (!ownNames.has(name)) count += Array.isArray(value) ? value.length : 1;
  return count;
}
