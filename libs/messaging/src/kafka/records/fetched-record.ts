// A record as a fetch gives it. The names are kafkajs's, whose consumer filters aborted transactions by them.
import type { HeaderValue } from '../../events/record.ts';

export interface BatchContext {
  readonly producerId: string;
  readonly inTransaction: boolean;
}

/**
 * Why a whole record batch can't be read. One stand-in record, at the batch's last offset, carries it to the decoder.
 */
export interface BatchFault {
  readonly code: 'decompression_limit' | 'unsupported_compression' | 'unreadable_batch' | 'unsupported_record_format';
  readonly detail: string;
  readonly firstOffset: string;
  /** The size of the batch as it lies on the broker. */
  readonly bytes: number;
}

export interface FetchedRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly attributes: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Record<string, HeaderValue>;
  /** A transaction's marker; no data. */
  readonly isControlRecord: boolean;
  readonly batchContext: BatchContext;
  readonly fault?: BatchFault;
}
