// A message in its three forms: the event that a caller publishes, the record that Kafka stores, the event that a
// handler receives.
import type { DataOf, Topic } from '@carillon/domain';

/** An event before encoding. The key is derived from the topic unless given. */
export interface Outgoing<P> {
  id: string;
  source: string;
  data: P;
  subject?: string;
  /** ISO 8601; default: now. */
  time?: string;
  key?: string;
  /** Default: chosen from the key, as the Java client does. */
  partition?: number;
  /** Default: the active span's context. */
  traceparent?: string;
  tracestate?: string;
  headers?: Record<string, string>;
}

/** An encoded record; an outbox stores records in this form. */
export interface RawRecord {
  topic: string;
  key: Buffer | string | null;
  value: Buffer | string | null;
  headers: Record<string, Buffer | string>;
  partition?: number;
}

/** A RawRecord in which a header may occur twice, as dead letters must keep the producer's headers. */
export type WireRecord = Omit<RawRecord, 'headers'> & {
  headers: Record<string, Buffer | string | (Buffer | string)[]>;
};

export type HeaderValue = Buffer | string | (Buffer | string)[] | undefined;

/** The text of a header; of a header that occurs twice, the last value. */
export function textOf(value: HeaderValue): string | undefined {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last === undefined || last === null ? undefined : typeof last === 'string' ? last : last.toString();
}

/** A record exactly as the broker delivered it. */
export interface RawIncoming {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, HeaderValue>>;
}

/** The place of a record in Kafka. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
}

/** An event as a handler receives it: decoded, checked against the schema, typed. */
export interface Received<T extends Topic = Topic> extends Position {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly time?: string;
  readonly subject?: string;
  /** Null is a tombstone; on compacted topics only. */
  readonly data: DataOf<T>;
  /** The `version` header, which tombstones of state topics carry. */
  readonly version?: number;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly key: string | null;
  /** In ms since 1970: when the broker stored the record on a compacted topic, when the producer wrote it on others. */
  readonly timestamp: number;
  readonly raw: RawIncoming;
}
