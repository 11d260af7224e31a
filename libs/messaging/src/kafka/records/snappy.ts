// Snappy, in the two forms that Kafka's producers write: one raw block (librdkafka), or the blocks of xerial's stream
// (Java). A block begins with its decompressed length, so a limit is checked before anything is decompressed.
// Guarantee: nothing larger than the limit is decompressed.
import { setImmediate } from 'node:timers/promises';
import { uncompress, uncompressSync } from 'snappy';
import { DecompressionError, overLimit } from './decompression-error.ts';

const xerialMagic = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic and two version numbers. */
const xerialHeader = 16;
/** Decompressed at a stretch before others get their turn. */
const stretchBlocks = 500;

export async function decompressSnappy(packed: Buffer, limit: number): Promise<Buffer> {
  if (!packed.subarray(0, xerialMagic.length).equals(xerialMagic)) {
    if (lengthOf(packed) > limit) throw overLimit(limit);
    return (await uncompress(packed)) as Buffer;
  }
  const blocks = blocksOf(packed);
  const total = blocks.reduce((sum, block) => sum + lengthOf(block), 0);
  if (total > limit) throw overLimit(limit);
  const result = Buffer.allocUnsafe(total);
  let at = 0;
  for (let i = 0; i < blocks.length; i++) {
    if (i % stretchBlocks === stretchBlocks - 1) await setImmediate();
    const block = uncompressSync(blocks[i]!) as Buffer;
    block.copy(result, at);
    at += block.length;
  }
  return result;
}

function blocksOf(packed: Buffer): Buffer[] {
  const blocks: Buffer[] = [];
  for (let at = xerialHeader; at < packed.length; ) {
    if (at + 4 > packed.length) throw broken();
    const end = at + 4 + packed.readInt32BE(at);
    if (end <= at + 4 || end > packed.length) throw broken();
    blocks.push(packed.subarray(at + 4, end));
    at = end;
  }
  return blocks;
}

/** The varint before a raw block. */
function lengthOf(block: Buffer): number {
  let length = 0;
  for (let i = 0; i < 5; i++) {
    const byte = block[i];
    if (byte === undefined) throw broken();
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  throw broken();
}

const broken = (): DecompressionError => new DecompressionError('unreadable_batch', 'is no snappy');
