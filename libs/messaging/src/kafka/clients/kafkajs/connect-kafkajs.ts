// kafkajs 2.2.4 behind the port: its retries, its time-outs, its words in our log.
// Promises: broker outages are waited out, not reported as failures; no client has kafkajs's idle timer; every codec is
// read, within limits (patch-fetch.ts). Its idempotent producer can drop a record after an ambiguous answer: not used.
import { createLogger } from '@carillon/telemetry';
import kafkajs, {
  type Admin as KafkajsAdmin,
  type LogEntry,
  type Producer as KafkajsProducer,
  type SASLOptions,
} from 'kafkajs';
import type { Admin, Consumer, Kafka, Producer } from '../../client.ts';
import type { KafkaConfig } from '../../config.ts';
import type { RetryPolicy } from '../../retry-policy.ts';
import { patchIdleTimer } from './idle-timer.ts';
import { patchFetch } from './patch-fetch.ts';
import { patchRecordEncoder } from './record-encoder.ts';

const { logLevel } = kafkajs;

export function connectKafkajs(config: KafkaConfig, retry: RetryPolicy): Kafka {
  const kafka = kafkajsClient(config, retry);
  return {
    producer: () =>
      producerOf(
        kafka.producer({
          idempotent: false,
          allowAutoTopicCreation: false,
          retry,
          createPartitioner:
            () =>
            ({ message }) =>
              message.partition!,
        }),
      ),
    consumer: (options) => kafka.consumer({ ...options, allowAutoTopicCreation: false, retry }) as Consumer,
    admin: () => adminOf(kafka.admin({ retry })),
  };
}

/** kafkajs itself, patched. */
export function kafkajsClient(config: KafkaConfig, retry: RetryPolicy): kafkajs.Kafka {
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

function producerOf(producer: KafkajsProducer): Producer {
  return {
    connect: () => producer.connect(),
    disconnect: () => producer.disconnect(),
    sendBatch: (request) => producer.sendBatch(request),
    sendCompressed: async (topic, messages) =>
      void (await producer.send({ topic, messages, acks: -1, compression: kafkajs.CompressionTypes.GZIP })),
  };
}

function adminOf(admin: KafkajsAdmin): Admin {
  return Object.assign(Object.create(admin) as KafkajsAdmin, {
    async describeTopicConfigs(topics: { name: string; configNames: string[] }[]) {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: topics.map((topic) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, ...topic })),
      });
      return new Map(
        resources.map(({ resourceName, configEntries }) => [
          resourceName,
          configEntries.map(({ configName, configValue }) => ({ name: configName, value: configValue })),
        ]),
      );
    },
  });
}

const log = createLogger('kafka');

/** What kafkajs reports as errors while it goes on by itself (lost connections, elections) are warnings to us. */
function logKafkajs({ level, namespace, log: { message, ...extra } }: LogEntry): void {
  const fields: Record<string, unknown> = { namespace };
  for (const name of [
    'groupId',
    'broker',
    'error',
    'topic',
    'partition',
    'retryCount',
    'retryTime',
    'offset',
  ] as const) {
    if (typeof extra[name] === 'string' || typeof extra[name] === 'number') fields[name] = extra[name];
  }
  if (level <= logLevel.WARN && level !== logLevel.NOTHING) log.warn(fields, message);
  else log.debug(fields, message);
}
