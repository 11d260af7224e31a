// A run-time patch of kafkajs 2.2.4: fetch responses are read by our own reader (records/) instead of that of kafkajs,
// which supports only gzip, has no limit on what a batch decompresses to, and crashes again and again on a batch that
// it can't read. Guarantees: the consumer receives the same records; a broker below Kafka 2.3 is refused with its
// reason.
import { createRequire } from 'node:module';
import { MessagingError } from '../../../errors.ts';
import { decodeFetchResponse, fetchVersion } from '../../records/fetch-response.ts';

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

let patched = false;

export function patchFetch(): void {
  if (patched) return;
  patched = true;
  const require = createRequire(import.meta.url);
  const { requests } = require('kafkajs/src/protocol/requests') as { requests: { Fetch: FetchApi } };
  const { protocol } = requests.Fetch;
  requests.Fetch.protocol = (wanted) => {
    if (wanted.version < fetchVersion)
      throw new MessagingError('unsupported_broker', 'this Kafka is too old: 2.3 or newer is needed');
    const make = protocol(wanted);
    return (args) => {
      const made = make(args);
      const offsets = new Map(
        args.topics.flatMap(({ topic, partitions }) =>
          partitions.map(({ partition, fetchOffset }) => [`${topic}/${partition}`, Number(fetchOffset)]),
        ),
      );
      const decode = (bytes: Buffer): Promise<unknown> => decodeFetchResponse(bytes, offsets);
      return { ...made, response: { decode, parse: (response) => made.response.parse(response) } };
    };
  };
}
