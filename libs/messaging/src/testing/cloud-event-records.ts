// Records and events for the specs of decoding, and what decoding answers.
import { uniqueTopic } from '../testing/unique-topic.ts';
import type { KafkaRecord } from '../records/kafka-record.ts';
import type { HeaderValue } from '../records/record.ts';
import { decoderOf, type Decoded } from '../events/decode.ts';

export const topic = uniqueTopic();
export const decode = decoderOf(topic);

export const data = { n: 1 };
/** Headers of an event in binary mode. */
export const attributes = { ce_specversion: '1.0', ce_id: 'e-1', ce_source: '/test', ce_type: topic.name };
/** The header of an event in structured mode. */
export const structured = { 'content-type': 'application/cloudevents+json' };
export const event = { specversion: '1.0', id: 'e-1', source: '/test', type: topic.name };

export function recordOf(headers: Record<string, HeaderValue>, value: unknown, key: string | null = null): KafkaRecord {
  const bytes = Object.fromEntries(
    Object.entries(headers).map(([name, text]) => [name, typeof text === 'string' ? Buffer.from(text) : text]),
  );
  const body =
    value === null
      ? null
      : Buffer.isBuffer(value)
        ? value
        : Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  return { key: key === null ? null : Buffer.from(key), value: body, headers: bytes, offset: '7', timestamp: '0' };
}

export function rejectionOf(decoded: Decoded<typeof topic>) {
  if ('rejection' in decoded) return { code: decoded.rejection.code, detail: decoded.rejection.detail };
  throw new Error('was read');
}
