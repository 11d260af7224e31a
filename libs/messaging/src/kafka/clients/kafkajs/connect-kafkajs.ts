// kafkajs 2.2.4 behind the port (kafka/client.ts): its retries, its time-outs, its log entries in our log. Guarantees:
// an outage of the broker is retried, not reported as a failure; no client has kafkajs's idle timer (idle-timer.ts);
// every codec is read, within limits (patch-fetch.ts). Its idempotent producer is not used, because it can drop a
// record after an ambiguous answer.
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
import { patchProduce } from './patch-produce.ts';

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
  patchProduce();
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

/** kafkajs logs as errors what it retries by itself (lost connections, elections); here these are warnings. */
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
