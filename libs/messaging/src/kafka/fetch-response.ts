// A run-time patch of kafkajs 2.2.4: what a fetch brings is read by our own reader (records/) instead of kafkajs's, which
// knows no codec but gzip, has no limit on what a batch decompresses to, and makes a crash loop of a batch it can't read.
// Guarantees: the consumer gets the same records; partitions that don't fit into the fetch's budget are left out, and
// the next fetch asks for them again; a broker that is too old for it (below Kafka 2.3) is refused by name.
import { createRequire } from 'node:module';
import { MessagingError } from '../errors.ts';
import type { FetchedRecord } from './records/fetched-record.ts';
import { FetchBudget, readRecordSet } from './records/read-record-set.ts';

interface FetchArguments {
  topics: { topic: string; partitions: { partition: number; fetchOffset: string }[] }[];
}

interface ResponseReader {
  decode(bytes: Buffer): Promise<unknown>;
  parse(response: unknown): Promise<unknown>;
}

type MakeRequest = (args: FetchArguments) => { response: ResponseReader };

interface FetchApi {
  protocol: (wanted: { version: number }) => MakeRequest;
}

const fetchVersion = 11;

let patched = false;

export function patchFetch(): void {
  if (patched) return;
  patched = true;
  const require = createRequire(import.meta.url);
  const { requests } = require('kafkajs/src/protocol/requests') as { requests: { Fetch: FetchApi } };
  const { protocol } = requests.Fetch;
  requests.Fetch.protocol = (wanted) => {
    if (wanted.version < fetchVersion) throw new MessagingError('unsupported_broker', 'this Kafka is too old: 2.3 or newer is needed');
    const make = protocol(wanted);
    return (args) => {
      const made = make(args);
      const offsets = new Map(args.topics.flatMap(({ topic, partitions }) => partitions.map(({ partition, fetchOffset }) => [`${topic}/${partition}`, Number(fetchOffset)])));
      const decode = (bytes: Buffer): Promise<unknown> => decodeFetchResponse(bytes, offsets);
      return { ...made, response: { decode, parse: (response) => made.response.parse(response) } };
    };
  };
}

interface PartitionData {
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

/** Version 11 of Kafka's protocol. Partitions come in the order in which kafkajs asked, which it shuffles. */
export async function decodeFetchResponse(bytes: Buffer, offsets: ReadonlyMap<string, number>): Promise<FetchResponse> {
  const reader = new ResponseCursor(bytes);
  const budget = new FetchBudget();
  // The broker has not held the request back itself, it expects us to wait: kafkajs's `throttleTime` is the former.
  const response: FetchResponse = { throttleTime: 0, clientSideThrottleTime: reader.int32(), errorCode: reader.int16(), sessionId: reader.int32(), responses: [] };
  for (let topics = reader.int32(); topics > 0; topics--) {
    const topicName = reader.string();
    const partitions: PartitionData[] = [];
    for (let left = reader.int32(); left > 0; left--) {
      const data = partitionHeader(reader);
      const set = reader.bytes();
      if (set.length > 0 && budget.spent) continue;
      if (set.length > 0) data.messages = await readRecordSet(set, offsets.get(`${topicName}/${data.partition}`) ?? 0, budget);
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
    abortedTransactions: Array.from({ length: Math.max(0, reader.int32()) }, () => ({ producerId: reader.int64(), firstOffset: reader.int64() })),
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
