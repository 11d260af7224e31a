// A record as a fetch gives it, before its event is decoded.
import type { HeaderValue } from './record.ts';

/**
 * Why a whole record batch can't be read. One stand-in record, at the batch's last offset, carries it to the decoder.
 */
export interface BatchFault {
  readonly code: 'decompression_limit' | 'unsupported_compression' | 'unreadable_batch' | 'unsupported_record_format';
  readonly detail: string;
  readonly firstOffset: string;
  /** The size of the batch as the broker stores it. */
  readonly bytes: number;
}

/** The shape is the same for both Kafka clients. */
export interface KafkaRecord {
  key: Buffer | null;
  value: Buffer | null;
  offset: string;
  timestamp: string;
  headers?: Record<string, HeaderValue>;
  /** Set where a whole record batch could not be read: the record stands for all records of the batch. */
  fault?: BatchFault;
}
