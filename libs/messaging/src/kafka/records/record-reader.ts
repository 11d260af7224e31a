// The records inside a record batch (format 2), once decompressed.
// Guarantees: reads what kafkajs and the Java client read; never reads past the end, and says so by throwing; a header
// may have any name and stand any number of times. Runs for every record of the platform: no allocation but the record.
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
    let place = 0;
    for (let left = this.#varint(); left > 0; left--) {
      const length = this.#varint();
      const start = this.at;
      this.#move(length);
      const name = this.#name(place++, start, this.at);
      const value = this.#block() as Buffer;
      if (name === '__proto__' || Object.hasOwn(headers, name)) add(headers, name, value);
      else headers[name] = value;
    }
    return headers;
  }

  /** Records of one producer have the same names in the same places: the string of the record before is used again. */
  #name(place: number, start: number, end: number): string {
    const { bytes } = this;
    const known = this.#names[place];
    if (known !== undefined && known.length === end - start) {
      let i = 0;
      for (; i < known.length; i++) {
        const code = known.charCodeAt(i);
        if (code > 127 || code !== bytes[start + i]) break;
      }
      if (i === known.length) return known;
    }
    return (this.#names[place] = bytes.toString('utf8', start, end));
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

/** `__proto__` is a name like any other. */
function add(headers: Record<string, HeaderValue>, name: string, value: Buffer): void {
  const all = Object.hasOwn(headers, name) ? ([] as (Buffer | string)[]).concat(headers[name] as Buffer, value) : value;
  Object.defineProperty(headers, name, { value: all, writable: true, enumerable: true, configurable: true });
}

const pastTheEnd = (): RangeError => new RangeError('a record ends after its batch');
