// The one place where a kafkajs client is made: its retries, its time-outs, its words in our log.
// Promises: broker outages are waited out, not reported as failures; no client has kafkajs's idle timer; every codec is
// read, within limits (fetch-response.ts).
import { createLogger } from '@carillon/telemetry';
import kafkajs, { type Kafka, type LogEntry, type RetryOptions, type SASLOptions } from 'kafkajs';
import type { KafkaConfig } from './config.ts';
import { patchFetch } from './fetch-response.ts';
import { patchIdleTimer } from './idle-timer.ts';
import { patchRecordEncoder } from './record-encoder.ts';

const { logLevel } = kafkajs;

/** As good as for ever: giving up is decided above kafkajs, which counts over the life of a consumer, not per error. */
export const patientRetry: RetryOptions = { initialRetryTime: 100, multiplier: 2, factor: 0.2, maxRetryTime: 2_000, retries: 1e9 };

/** For callers with a loop of their own. */
export const briefRetry: RetryOptions = { ...patientRetry, retries: 2 };

export function connectKafka(config: KafkaConfig, retry: RetryOptions): Kafka {
  patchIdleTimer();
  patchRecordEncoder();
  patchFetch();
  return new kafkajs.Kafka({
    brokers: config.brokers,
    clientId: config.clientId,
    ...(config.ssl ? { ssl: config.ssl } : {}),
    ...(config.sasl ? { sasl: config.sasl as SASLOptions } : {}),
    connectionTimeout: 3_000,
    authenticationTimeout: 10_000,
    requestTimeout: 30_000,
    retry,
    logLevel: logLevel.INFO,
    logCreator: () => logKafkajs,
  });
}

const log = createLogger('kafka');

/** What kafkajs reports as errors while it goes on by itself (lost connections, elections) are warnings to us. */
function logKafkajs({ level, namespace, log: { message, ...extra } }: LogEntry): void {
  const fields: Record<string, unknown> = { namespace };
  for (const name of ['groupId', 'broker', 'error', 'topic', 'partition', 'retryCount', 'retryTime', 'offset'] as const) {
    if (typeof extra[name] === 'string' || typeof extra[name] === 'number') fields[name] = extra[name];
  }
  if (level <= logLevel.WARN && level !== logLevel.NOTHING) log.warn(fields, message);
  else log.debug(fields, message);
}
