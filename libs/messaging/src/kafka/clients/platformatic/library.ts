// Loads @platformatic/kafka when the first client of it is created, so a process that runs on kafkajs never loads it,
// and translates our configuration into the library's options.
import type { BaseOptions, Consumer } from '@platformatic/kafka';
import { MessagingError } from '../../../errors.ts';
import type { KafkaConfig } from '../../config.ts';
import type { RetryPolicy } from '../../retry-policy.ts';

export type Library = typeof import('@platformatic/kafka');

/** The library's consumer, with keys, values and headers as bytes. */
export type LibraryConsumer = Consumer<Buffer, Buffer, Buffer, Buffer>;

let loaded: Promise<Library> | undefined;

export function loadLibrary(): Promise<Library> {
  if (typeof (Promise as { withResolvers?: unknown }).withResolvers !== 'function') {
    return Promise.reject(
      new MessagingError(
        'unsupported_client',
        `KAFKA_CLIENT=platformatic needs Node 22.22 or 24.6; this is ${process.version}`,
      ),
    );
  }
  return (loaded ??= import('@platformatic/kafka'));
}

const mechanisms = { plain: 'PLAIN', 'scram-sha-256': 'SCRAM-SHA-256', 'scram-sha-512': 'SCRAM-SHA-512' } as const;

/** Callers repeat what fails for long; the client itself tries a few times. */
const mostRetries = 10;

export function baseOptions(
  { brokers, clientId, ssl, sasl }: KafkaConfig,
  { retries }: RetryPolicy,
): BaseOptions & { requestTimeout: number } {
  return {
    clientId,
    bootstrapBrokers: brokers,
    connectTimeout: 3_000,
    requestTimeout: 30_000,
    retries: Math.min(retries, mostRetries),
    retryDelay: 250,
    autocreateTopics: false,
    ...(ssl ? { tls: ssl === true ? {} : ssl } : {}),
    ...(sasl
      ? { sasl: { mechanism: mechanisms[sasl.mechanism], username: sasl.username, password: sasl.password } }
      : {}),
  };
}
