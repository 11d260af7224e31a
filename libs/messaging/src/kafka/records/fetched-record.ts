// A record as a fetch gives it. The names are kafkajs's, whose consumer filters aborted transactions by them.
import type { BatchFault } from '../../records/kafka-record.ts';
import type { HeaderValue } from '../../records/record.ts';

export interface BatchContext {
  readonly producerId: string;
  readonly inTransaction: boolean;
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
