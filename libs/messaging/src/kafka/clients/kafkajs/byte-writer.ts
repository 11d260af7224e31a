// A record as it stands in a record batch (format 2), written in one pass into a slab that records share. Guarantees:
// the bytes are kafkajs's own; returns undefined where a number does not fit into 32 bits, and kafkajs then writes the
// record itself. Memory: a slab lives as long as a record in it.

export type FieldValue = Buffer | string | null | undefined;

export interface RecordFields {
  key?: FieldValue;
  value?: FieldValue;
  headers?: Record<string, FieldValue | FieldValue[]>;
  offsetDelta?: number;
  timestampDelta?: number;
}

const slabBytes = 262_144;
/** Attributes, and six varints of at most five bytes: length, timestamp, offset, key, value, number of headers. */
const fixedBytes = 31;
/** Two varints. */
const headerBytes = 10;
/** Room for the length, which is known last. */
const longestVarint = 5;

let slab = Buffer.allocUnsafeSlow(slabBytes);
let at = 0;

export function writeRecord({
  offsetDelta = 0,
  timestampDelta = 0,
  key,
  value,
  headers = {},
}: RecordFields): Buffer | undefined {
  if (!isSmall(timestampDelta) || !isSmall(offsetDelta)) return undefined;
  let most = fixedBytes + mostBytes(key) + mostBytes(value);
  let count = 0;
  for (const name in headers) {
    const given = headers[name];
    const nameBytes = headerBytes + mostBytes(name);
    if (Array.isArray(given)) {
      for (const one of given) most += nameBytes + mostBytes(one);
      count += given.length;
    } else {
      most += nameBytes + mostBytes(given);
      count++;
    }
  }
  if (at + most > slab.length) {
    slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, most));
    at = 0;
  }
  const body = at + longestVarint;
  at = body;
  slab[at++] = 0;
  writeVarint(timestampDelta);
  writeVarint(offsetDelta);
  writeField(key);
  writeField(value);
  writeVarint(count);
  for (const name in headers) {
    const given = headers[name];
    if (Array.isArray(given)) {
      for (const one of given) {
        writeField(name);
        writeField(one);
      }
    } else {
      writeField(name);
      writeField(given);
    }
  }
  const end = at;
  const length = end - body;
  const start = body - sizeOfVarint(length);
  at = start;
  writeVarint(length);
  at = end;
  return slab.subarray(start, end);
}

const isSmall = (value: unknown): value is number =>
  typeof value === 'number' && value >= -0x40000000 && value < 0x40000000;

/** A character of a string takes at most three bytes of UTF-8 for each of its 16-bit units. */
const mostBytes = (value: FieldValue): number =>
  value === null || value === undefined ? 0 : typeof value === 'string' ? value.length * 3 : value.length;

function writeField(value: FieldValue): void {
  if (value === null || value === undefined) {
    slab[at++] = 1;
    return;
  }
  if (typeof value === 'string') {
    if (value.length < 64 && writeShortAscii(value)) return;
    const length = Buffer.byteLength(value);
    writeVarint(length);
    slab.write(value, at, length, 'utf8');
    at += length;
    return;
  }
  const { length } = value;
  writeVarint(length);
  // Byte by byte where that is quicker than a call into native code.
  if (length <= 48) for (let i = 0; i < length; i++) slab[at + i] = value[i]!;
  else slab.set(value, at);
  at += length;
}

/** Most names and headers: their length takes one byte. False if a character is not ASCII. */
function writeShortAscii(text: string): boolean {
  const { length } = text;
  const target = slab;
  const from = at + 1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return false;
    target[from + i] = code;
  }
  target[at] = length << 1;
  at = from + length;
  return true;
}

/** Zigzag. */
function writeVarint(value: number): void {
  let rest = (value << 1) ^ (value >> 31);
  while ((rest & ~0x7f) !== 0) {
    slab[at++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  slab[at++] = rest;
}

function sizeOfVarint(value: number): number {
  let bytes = 1;
  for (let rest = (value << 1) >>> 7; rest !== 0; rest >>>= 7) bytes++;
  return bytes;
}
