// Why a compressed record batch can't be read, as a code that a dead letter carries.
export type DecompressionCode = 'decompression_limit' | 'unsupported_compression' | 'unreadable_batch';

export class DecompressionError extends Error {
  override readonly name = 'DecompressionError';

  constructor(
    readonly code: DecompressionCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? {} : { cause });
  }
}

export const overLimit = (limit: number): DecompressionError =>
  new DecompressionError('decompression_limit', `decompresses to more than ${limit} bytes`);
