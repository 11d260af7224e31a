// A run-time patch of kafkajs 2.2.4: produce requests are written in one pass (write-produce-request.ts). kafkajs takes
// 512 zeroed bytes for every record and again for every header, an array and a buffer for every length and a big
// integer for every timestamp, and copies every record seven times before it is in the request.
// Guarantees: the bytes are the same; the spec compares. Requests with compression or a transaction are kafkajs's own.
// Must run before the first produce request: kafkajs loads the module that is replaced here then.
import { createRequire } from 'node:module';
import { writeProduceRequest, type ProduceRequest } from './write-produce-request.ts';

interface Encoder {
  buf: Buffer;
  offset: number;
}

type CreateRequest = (fields: ProduceFields) => { encode: () => Promise<Encoder> };

interface ProduceFields extends ProduceRequest {
  transactionalId?: string | null;
  /** A number, or kafkajs's big one. */
  producerId?: number | { toString(): string };
  compression?: number;
}

const noProducer = '-1';
let patched = false;

export function patchProduce(): void {
  if (patched) return;
  patched = true;
  const require = createRequire(import.meta.url);
  const encoder = require('kafkajs/src/protocol/encoder') as { prototype: Encoder };
  // Later versions take the body from this one.
  const name = 'kafkajs/src/protocol/requests/produce/v3/request';
  const createRequest = require(name) as CreateRequest;
  require.cache[require.resolve(name)]!.exports = (fields: ProduceFields) => {
    const request = createRequest(fields);
    if (!isPlain(fields)) return request;
    const encode = (): Promise<Encoder> => {
      const bytes = writeProduceRequest(fields);
      return bytes ? Promise.resolve(encoderOf(encoder, bytes)) : request.encode();
    };
    return { ...request, encode };
  };
}

const isPlain = ({ transactionalId, producerId, compression }: ProduceFields): boolean =>
  !compression && !transactionalId && (producerId === undefined || String(producerId) === noProducer);

/** Without the buffer of its own that the constructor would take. */
function encoderOf(encoder: { prototype: Encoder }, bytes: Buffer): Encoder {
  const made = Object.create(encoder.prototype) as Encoder;
  made.buf = bytes;
  made.offset = bytes.length;
  return made;
}
