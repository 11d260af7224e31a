// A run-time patch of kafkajs 2.2.4, which makes writing a record with CloudEvents' seven headers a few times cheaper.
// kafkajs takes 512 zeroed bytes for every record and again for every header, an array and a buffer for every length,
// and a big integer for every timestamp.
// The record itself is written in one pass (write-record.ts), and the checksum takes eight bytes at a time (crc32c.ts).
// Guarantees: the bytes are the same; the spec compares. Must run before the first produce request: kafkajs loads the
// modules that are replaced here then.
import { createRequire } from 'node:module';
import { crc32c } from './crc32c.ts';
import { writeRecord, type RecordFields } from './write-record.ts';

interface Encoder {
  buf: Buffer;
  offset: number;
  ensureAvailable(bytes: number): void;
  writeInt32(value: number): Encoder;
  writeUVarInt(value: number): Encoder;
  writeVarInt(value: number): Encoder;
  writeVarLong: (this: Encoder, value: unknown) => Encoder;
  writeVarIntBytes(value: Buffer | string | null): Encoder;
  writeVarIntString(value: string | null): Encoder;
  writeEncoder(value: Encoder): Encoder;
  writeEncoderArray(value: Encoder[]): Encoder;
}

interface EncoderClass {
  new (): Encoder;
  prototype: Encoder;
  nextPowerOfTwo: (value: number) => number;
  sizeOfVarInt: (value: number) => number;
  sizeOfVarLong: (value: unknown) => number;
}

/** What kafkajs asks for when it doesn't know; small arrays live on V8's heap and cost no allocation of their own. */
const kafkajsDefault = 511;
const enough = 64;

/** Numbers that a zigzag in 32 bits can hold. */
const isSmall = (value: unknown): value is number =>
  typeof value === 'number' && value >= -0x40000000 && value < 0x40000000;

let patched = false;

export function patchRecordEncoder(): void {
  if (patched) return;
  patched = true;
  const require = createRequire(import.meta.url);
  const encoder = require('kafkajs/src/protocol/encoder') as EncoderClass;
  patchEncoder(encoder);
  const record = 'kafkajs/src/protocol/recordBatch/record/v0';
  const writeAny = require(record) as (fields: RecordFields) => Encoder;
  replaceModule(require, record, (fields: RecordFields): Encoder => {
    const bytes = writeRecord(fields);
    return bytes ? encoderOf(encoder, bytes) : writeAny(fields);
  });
  const checksum = 'kafkajs/src/protocol/recordBatch/crc32C';
  require(checksum);
  replaceModule(require, checksum, crc32c);
}

function replaceModule(require: NodeJS.Require, name: string, exports: unknown): void {
  require.cache[require.resolve(name)]!.exports = exports;
}

/** Without the buffer of its own that the constructor would take. */
function encoderOf(encoder: EncoderClass, bytes: Buffer): Encoder {
  const made = Object.create(encoder.prototype) as Encoder;
  made.buf = bytes;
  made.offset = bytes.length;
  return made;
}

function patchEncoder(encoder: EncoderClass): void {
  const { prototype } = encoder;
  const { nextPowerOfTwo, sizeOfVarInt, sizeOfVarLong } = encoder;
  const { writeVarLong } = prototype;

  encoder.nextPowerOfTwo = (value) => (value === kafkajsDefault ? enough : nextPowerOfTwo.call(encoder, value));
  encoder.sizeOfVarLong = (value) =>
    isSmall(value) ? sizeOfVarInt.call(encoder, value) : sizeOfVarLong.call(encoder, value);

  prototype.ensureAvailable = function (bytes) {
    const needed = this.offset + bytes;
    if (needed <= this.buf.length) return;
    const larger = Buffer.allocUnsafe(nextPowerOfTwo.call(encoder, needed));
    this.buf.copy(larger, 0, 0, this.offset);
    this.buf = larger;
  };

  prototype.writeUVarInt = function (value) {
    this.ensureAvailable(5);
    const { buf } = this;
    let at = this.offset;
    while ((value & 0xffffff80) !== 0) {
      buf[at++] = (value & 0x7f) | 0x80;
      value >>>= 7;
    }
    buf[at++] = value & 0x7f;
    this.offset = at;
    return this;
  };

  prototype.writeVarLong = function (value) {
    return isSmall(value) ? this.writeVarInt(value) : writeVarLong.call(this, value);
  };

  prototype.writeVarIntBytes = function (value) {
    if (value === null || value === undefined) return this.writeVarInt(-1);
    if (Buffer.isBuffer(value)) {
      this.writeVarInt(value.length);
      this.ensureAvailable(value.length);
      copy(value, value.length, this);
      return this;
    }
    const text = String(value);
    if (text.length < 64 && writeShortAscii(text, this)) return this;
    const length = Buffer.byteLength(text);
    this.writeVarInt(length);
    this.ensureAvailable(length);
    this.buf.write(text, this.offset, length, 'utf8');
    this.offset += length;
    return this;
  };

  prototype.writeVarIntString = function (value) {
    return this.writeVarIntBytes(value);
  };

  prototype.writeEncoder = function (value) {
    this.ensureAvailable(value.offset);
    copy(value.buf, value.offset, this);
    return this;
  };

  prototype.writeEncoderArray = function (values) {
    let length = 0;
    for (const { offset } of values) length += offset;
    this.ensureAvailable(length);
    for (const { buf, offset } of values) copy(buf, offset, this);
    return this;
  };
}

/** Most headers. Their length takes one byte; false (and nothing written) if a character is not ASCII. */
function writeShortAscii(text: string, to: Encoder): boolean {
  const { length } = text;
  to.ensureAvailable(length + 1);
  const { buf } = to;
  let at = to.offset;
  buf[at++] = length << 1;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return false;
    buf[at++] = code;
  }
  to.offset = at;
  return true;
}

/** Byte by byte where that is quicker than a call into native code. */
function copy(from: Buffer, length: number, to: Encoder): void {
  const target = to.buf;
  let at = to.offset;
  if (length <= 48) for (let i = 0; i < length; i++) target[at++] = from[i]!;
  else from.copy(target, at, 0, length);
  to.offset += length;
}
