// LZ4 frames, as Kafka uses them. The library has no limit on what a frame decompresses to, so the frame is measured
// first: the sequences of a block say how many bytes they stand for, without any being written.
// Guarantee: nothing larger than the limit is decompressed. Only the first frame is read; Kafka writes one per batch.
import { decompressFrame } from 'lz4-napi';
import { DecompressionError, overLimit } from './decompression-error.ts';

const frameMagic = 0x184d2204;
const uncompressedBlock = 0x80000000;

export async function decompressLz4(packed: Buffer, limit: number): Promise<Buffer> {
  return decompressFrame(packed.subarray(0, endOfFrame(packed, limit)));
}

/** Where the frame ends. Throws when it holds more than `limit` bytes, or is no frame. */
function endOfFrame(packed: Buffer, limit: number): number {
  if (packed.length < 7 || packed.readUInt32LE(0) !== frameMagic) throw broken();
  const flags = packed[4]!;
  const blockChecksum = (flags & 0x10) > 0 ? 4 : 0;
  const contentChecksum = (flags & 0x04) > 0 ? 4 : 0;
  let at = 7 + ((flags & 0x08) > 0 ? 8 : 0) + ((flags & 0x01) > 0 ? 4 : 0);
  let total = 0;
  for (;;) {
    if (at + 4 > packed.length) throw broken();
    const word = packed.readUInt32LE(at);
    at += 4;
    if (word === 0) return at + contentChecksum;
    const size = word & 0x7fffffff;
    const end = at + size;
    if (end + blockChecksum > packed.length) throw broken();
    total += word >= uncompressedBlock ? size : sizeOfBlock(packed, at, end);
    if (total > limit) throw overLimit(limit);
    at = end + blockChecksum;
  }
}

/** A block is a list of sequences: a token, the literals' length, the literals, an offset, the match's length. */
function sizeOfBlock(packed: Buffer, start: number, end: number): number {
  let at = start;
  let total = 0;
  const lengthOf = (nibble: number): number => {
    if (nibble < 15) return nibble;
    let length = 15;
    for (;;) {
      if (at >= end) throw broken();
      const more = packed[at++]!;
      length += more;
      if (more !== 255) return length;
    }
  };
  while (at < end) {
    const token = packed[at++]!;
    const literals = lengthOf(token >> 4);
    total += literals;
    at += literals;
    if (at >= end) break;
    at += 2;
    total += lengthOf(token & 15) + 4;
  }
  if (at !== end) throw broken();
  return total;
}

const broken = (): DecompressionError => new DecompressionError('unreadable_batch', 'is no LZ4 frame');
