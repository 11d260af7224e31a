// The records inside a record batch (format 2), once decompressed.
// Guarantees: reads what kafkajs and the Java client read; never reads past the end, and says so by throwing; a header
// may have any name and stand any number of times; its value is a string where it is short and ASCII, otherwise bytes.
// Runs for every record of the platform: no allocation but the record, and none for a header that is the same in the
// record before.
import type { HeaderValue } from '../../records/record.ts';
import type { BatchContext, FetchedRecord } from './fetched-record.ts';

export interface RecordContext {
  readonly firstOffset: number;
  readonly firstTimestamp: number;
  /** Set where the broker's clock counts for all records of the batch. */
  readonly appendTime: string | undefined;
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
}

export class RecordReader {
  /** Where the next record begins. */
  at = 0;
  readonly #names: string[] = [];
  readonly #values: string[] = [];

  constructor(
    private readonly bytes: Buffer,
    private readonly context: RecordContext,
  ) {}

  /** The offset of the next record, which `read()` or `skip()` may follow. */
  peekOffset(): number {
    const start = this.at;
    this.#varint();
    this.at++;
    this.#varlong();
    const offset = this.context.firstOffset + this.#varint();
    this.at = start;
    return offset;
  }

  skip(): void {
    const length = this.#varint();
    this.#move(length);
  }

  read(): FetchedRecord {
    const { context } = this;
    const length = this.#varint();
    const end = this.at + length;
    if (length < 0 || end > this.bytes.length) throw pastTheEnd();
    const attributes = this.bytes[this.at++]!;
    const timestampDelta = this.#varlong();
    const offset = context.firstOffset + this.#varint();
    const key = this.#block();
    const value = this.#block();
    const headers = this.#headers();
    if (this.at > end) throw pastTheEnd();
    this.at = end;
    return {
      offset: String(offset),
      timestamp: context.appendTime ?? String(context.firstTimestamp + timestampDelta),
      attributes,
      key,
      value,
      headers,
      isControlRecord: context.isControlRecord,
      batchContext: context.batchContext,
    };
  }

  #headers(): Record<string, HeaderValue> {
    const headers: Record<string, HeaderValue> = {};
    const count = this.#varint();
    for (let place = 0; place < count; place++) {
      const length = this.#varint();
      const start = this.at;
      this.#move(length);
      const name = repeated(this.#names[place], this.bytes, start, this.at) ?? this.#name(place, start);
      const value = this.#value(place);
      if (name === '__proto__' || Object.hasOwn(headers, name)) add(headers, name, value);
      else headers[name] = value as HeaderValue;
    }
    return headers;
  }

  #name(place: number, start: number): string {
    return (this.#names[place] = this.bytes.toString('utf8', start, this.at));
  }

  #value(place: number): Buffer | string | null {
    const { bytes } = this;
    const length = this.#varint();
    if (length === -1) return null;
    const start = this.at;
    this.#move(length);
    const known = repeated(this.#values[place], bytes, start, this.at);
    if (known !== undefined) return known;
    if (length > longestText || !isAsciiRange(bytes, start, this.at)) return bytes.subarray(start, this.at);
    return (this.#values[place] = bytes.toString('latin1', start, this.at));
  }

  #block(): Buffer | null {
    const length = this.#varint();
    if (length === -1) return null;
    const start = this.at;
    this.#move(length);
    return this.bytes.subarray(start, this.at);
  }

  #move(length: number): void {
    if (length < 0 || this.at + length > this.bytes.length) throw pastTheEnd();
    this.at += length;
  }

  /** A zigzag of 32 bits. */
  #varint(): number {
    const { bytes } = this;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = bytes[this.at++];
      if (byte === undefined) throw pastTheEnd();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw pastTheEnd();
  }

  /** A zigzag of 64 bits; exact up to 2^53, which no clock reaches. */
  #varlong(): number {
    const { bytes } = this;
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      const byte = bytes[this.at++];
      if (byte === undefined) throw pastTheEnd();
      value += (byte & 0x7f) * factor;
      factor *= 128;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw pastTheEnd();
  }
}

/** Longer values are seldom the same in the next record. */
const longestText = 512;

/** The string of the record before, if these bytes are the same: of one producer, many are. */
function repeated(known: string | undefined, bytes: Buffer, start: number, end: number): string | undefined {
  if (known === undefined || known.length !== end - start) return undefined;
  for (let i = 0; i < known.length; i++) {
    const code = known.charCodeAt(i);
    if (code > 127 || code !== bytes[start + i]) return undefined;
  }
  return known;
}

function isAsciiRange(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i]! > 127) return false;
  return true;
}

/** `__proto__` is a name like any other. */
function add(headers: Record<string, HeaderValue>, name: string, value: Buffer | string | null): void {
  const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
  // A record may hold some 300,000 headers of one name.
  if (Array.isArray(before)) return void before.push(value as Buffer);
  const all = before === undefined ? value : [before, value];
  Object.defineProperty(headers, name, { value: all, writable: true, enumerable: true, configurable: true });
}

const pastTheEnd = (): RangeError => new RangeError('a record ends after its batch');
