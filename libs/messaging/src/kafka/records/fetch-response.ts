// Decodes the response to a fetch (version 11 of Kafka's protocol), for both clients. Guarantees: partitions that
// exceed the budget of the fetch are left out, and the next fetch requests them again; an error of one partition is
// returned as its code; the content of record batches never makes it throw.
import type { FetchedRecord } from './fetched-record.ts';
import { FetchBudget, readRecordSet } from './read-record-set.ts';

/** Since Kafka 2.3. */
export const fetchVersion = 11;

export interface PartitionData {
  partition: number;
  errorCode: number;
  highWatermark: string;
  lastStableOffset: string;
  lastStartOffset: string;
  abortedTransactions: { producerId: string; firstOffset: string }[];
  preferredReadReplica: number;
  messages: FetchedRecord[];
}

export interface FetchResponse {
  throttleTime: number;
  clientSideThrottleTime: number;
  errorCode: number;
  sessionId: number;
  responses: { topicName: string; partitions: PartitionData[] }[];
}

/**
 * `offsets` are those that were asked for, by `topic/partition`. Who asks shuffles the partitions: the budget goes to
 * the first.
 */
export async function decodeFetchResponse(bytes: Buffer, offsets: ReadonlyMap<string, number>): Promise<FetchResponse> {
  const reader = new ResponseCursor(bytes);
  const budget = new FetchBudget();
  // kafkajs's `throttleTime` is what the broker has waited itself; it does not, it expects us to.
  const response: FetchResponse = {
    throttleTime: 0,
    clientSideThrottleTime: reader.int32(),
    errorCode: reader.int16(),
    sessionId: reader.int32(),
    responses: [],
  };
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topicName = reader.string();
    const partitions: PartitionData[] = [];
    for (let left = reader.int32(); left > 0; left--) {
      const data = partitionHeader(reader);
      const set = reader.bytes();
      if (set.length > 0 && budget.spent) continue;
      if (set.length > 0)
        data.messages = await readRecordSet(set, offsets.get(`${topicName}/${data.partition}`) ?? 0, budget);
      partitions.push(data);
    }
    response.responses.push({ topicName, partitions });
  }
  return response;
}

function partitionHeader(reader: ResponseCursor): PartitionData {
  return {
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: reader.int64(),
    lastStableOffset: reader.int64(),
    lastStartOffset: reader.int64(),
    abortedTransactions: Array.from({ length: Math.max(0, reader.int32()) }, () => ({
      producerId: reader.int64(),
      firstOffset: reader.int64(),
    })),
    preferredReadReplica: reader.int32(),
    messages: [],
  };
}

class ResponseCursor {
  #at = 0;

  constructor(private readonly buffer: Buffer) {}

  int16(): number {
    return this.buffer.readInt16BE((this.#at += 2) - 2);
  }

  int32(): number {
    return this.buffer.readInt32BE((this.#at += 4) - 4);
  }

  int64(): string {
    return String(this.buffer.readBigInt64BE((this.#at += 8) - 8));
  }

  string(): string {
    const length = this.int16();
    return this.buffer.toString('utf8', this.#at, (this.#at += length));
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    return this.buffer.subarray(this.#at, (this.#at += length));
  }
}
