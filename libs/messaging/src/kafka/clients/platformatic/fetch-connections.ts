// Sends fetches on connections of their own: a fetch waits at the broker, and a heartbeat must not wait behind it. The
// response is decoded by decodeFetchResponse, within its limits.
import type { Broker, ConnectionPool } from '@platformatic/kafka';
import { decodeFetchResponse, fetchVersion, type FetchResponse } from '../../records/fetch-response.ts';
import type { Library } from './library.ts';

export interface FetchFrom {
  topic: string;
  partition: number;
  offset: number;
}

const fetchKey = 1;
const readCommitted = 1;
const minBytes = 1;
/** As kafkajs's defaults. */
const maxBytes = 10_485_760;
const partitionMaxBytes = 1_048_576;

export class FetchConnections {
  readonly #library: Library;
  readonly #pool: ConnectionPool;
  readonly #maxWaitMs: number;

  constructor(library: Library, clientId: string, options: object, maxWaitMs: number) {
    this.#library = library;
    this.#pool = new library.ConnectionPool(clientId, options);
    this.#maxWaitMs = maxWaitMs;
  }

  async fetch(broker: Broker, from: readonly FetchFrom[]): Promise<FetchResponse> {
    const connection = await this.#pool.get(broker);
    const topics = shuffled(from).map(({ topic, partition, offset }) => ({
      topicId: topic,
      partitions: [
        { partition, fetchOffset: BigInt(offset), partitionMaxBytes, currentLeaderEpoch: -1, lastFetchedEpoch: -1 },
      ],
    }));
    const request = () =>
      this.#library.fetchV11.createRequest(this.#maxWaitMs, minBytes, maxBytes, readCommitted, 0, -1, topics, [], '');
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      connection.send<Buffer>(
        fetchKey,
        fetchVersion,
        request,
        (_correlationId, _apiKey, _apiVersion, reader) => reader.buffer.slice(reader.position),
        false,
        false,
        (error, answer) => (error ? reject(error) : resolve(answer!)),
      );
    });
    return decodeFetchResponse(
      bytes,
      new Map(from.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset])),
    );
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

/** In another order each time, because the broker fills its answer in the order of the request. */
function shuffled<T>(list: readonly T[]): T[] {
  const copy = [...list];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [copy[i], copy[j]] = [copy[j]!, copy[i]!];
  }
  return copy;
}
