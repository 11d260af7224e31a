// Decompresses record batches, with every codec of Kafka's protocol. Guarantees: no codec allocates more than the limit
// for its result; whatever the bytes are, the result is the bytes of the records, or a DecompressionError that names
// the cause. It does not read the records.
import zlib from 'node:zlib';
import { DecompressionError, overLimit } from './decompression-error.ts';
import { decompressLz4 } from './lz4.ts';
import { decompressSnappy } from './snappy.ts';

type Decompress = (packed: Buffer, limit: number) => Promise<Buffer>;

/** By the number that the batch's attributes hold. */
const codecs: Record<number, { name: string; decompress: Decompress }> = {
  1: { name: 'gzip', decompress: throughZlib(zlib.gunzip) },
  2: { name: 'snappy', decompress: decompressSnappy },
  3: { name: 'lz4', decompress: decompressLz4 },
  4: { name: 'zstd', decompress: throughZlib(zlib.zstdDecompress) },
};

export const codecName = (codec: number): string => (codec === 0 ? 'none' : (codecs[codec]?.name ?? `codec ${codec}`));

export async function decompress(codec: number, packed: Buffer, limit: number): Promise<Buffer> {
  const known = codecs[codec];
  if (!known)
    throw new DecompressionError('unsupported_compression', `is compressed with codec ${codec}, which nobody knows`);
  try {
    return await known.decompress(packed, limit);
  } catch (error) {
    if (error instanceof DecompressionError) throw error;
    throw new DecompressionError('unreadable_batch', `is no ${known.name}`, error);
  }
}

type ZlibMethod = (
  buffer: Buffer,
  options: { maxOutputLength: number; chunkSize: number },
  callback: (error: Error | null, result: Buffer) => void,
) => void;

/** Node's own; zstd came with Node 22.15. */
function throughZlib(method: ZlibMethod | undefined): Decompress {
  if (!method)
    return () =>
      Promise.reject(
        new DecompressionError(
          'unsupported_compression',
          `is compressed with zstd, which needs Node 22.15 or newer; this is ${process.version}`,
        ),
      );
  return (packed, limit) =>
    new Promise((resolve, reject) => {
      method(packed, { maxOutputLength: limit, chunkSize: chunkSizeFor(packed.length) }, (error, result) => {
        if (!error) resolve(result);
        else reject((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? overLimit(limit) : error);
      });
    });
}

/** Large enough that an ordinary batch needs one or two, small enough for many small batches. */
const chunkSizeFor = (packed: number): number => Math.min(1_048_576, Math.max(16_384, packed * 4));
