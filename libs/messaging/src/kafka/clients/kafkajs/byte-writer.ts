// Writes the parts of Kafka's requests one behind the other into a buffer that grows. Guarantees: `room()` makes room
// before a write, and every write advances `at`; bytes that are known later are written at their place afterwards.
// It checks no ranges: a number that does not fit is the caller's error.

export type FieldValue = Buffer | string | null | undefined;

export class ByteWriter {
  bytes: Buffer;
  at = 0;

  constructor(size: number) {
    this.bytes = Buffer.allocUnsafeSlow(size);
  }

  /** Call before writing so many bytes. */
  room(bytes: number): void {
    const needed = this.at + bytes;
    if (needed <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.bytes.length));
    this.bytes.copy(larger, 0, 0, this.at);
    this.bytes = larger;
  }

  int8(value: number): void {
    this.bytes[this.at++] = value;
  }

  int16(value: number): void {
    this.at = this.bytes.writeInt16BE(value, this.at);
  }

  int32(value: number): void {
    this.at = this.bytes.writeInt32BE(value, this.at);
  }

  /** Exact up to 2^53. */
  int64(value: number): void {
    this.at = this.bytes.writeInt32BE(Math.floor(value / 0x1_0000_0000), this.at);
    this.at = this.bytes.writeUInt32BE(value >>> 0, this.at);
  }

  /** A length of 16 bits and the text; null is the length -1. */
  string(value: string | null): void {
    if (value === null) return this.int16(-1);
    const length = Buffer.byteLength(value);
    this.room(2 + length);
    this.int16(length);
    this.at += this.bytes.write(value, this.at, length, 'utf8');
  }

  /** A zigzag of 32 bits. */
  varint(value: number): void {
    const { bytes } = this;
    let rest = (value << 1) ^ (value >> 31);
    while ((rest & ~0x7f) !== 0) {
      bytes[this.at++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    bytes[this.at++] = rest;
  }

  /** A varint with the length, and the bytes; nothing is the length -1. */
  field(value: FieldValue): void {
    const { bytes } = this;
    if (value === null || value === undefined) {
      bytes[this.at++] = 1;
      return;
    }
    if (typeof value === 'string') {
      if (value.length < 64 && this.#shortAscii(value)) return;
      const length = Buffer.byteLength(value);
      this.varint(length);
      bytes.write(value, this.at, length, 'utf8');
      this.at += length;
      return;
    }
    const { length } = value;
    this.varint(length);
    // Byte by byte where that is quicker than a call into native code.
    if (length <= 48) for (let i = 0; i < length; i++) bytes[this.at + i] = value[i]!;
    else bytes.set(value, this.at);
    this.at += length;
  }

  /** Most names and headers: their length takes one byte. False if a character is not ASCII. */
  #shortAscii(text: string): boolean {
    const { length } = text;
    const { bytes } = this;
    const from = this.at + 1;
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return false;
      bytes[from + i] = code;
    }
    bytes[this.at] = length << 1;
    this.at = from + length;
    return true;
  }
}

/** The most bytes that a field takes: a varint, and three bytes of UTF-8 for each 16-bit unit of a string. */
export const mostBytesOf = (value: FieldValue): number =>
  5 + (value === null || value === undefined ? 0 : typeof value === 'string' ? value.length * 3 : value.length);

/** The bytes that `varint()` writes. */
export function sizeOfVarint(value: number): number {
  let bytes = 1;
  for (let rest = ((value << 1) ^ (value >> 31)) >>> 7; rest !== 0; rest >>>= 7) bytes++;
  return bytes;
}
