// The one place where a Kafka client is made: which one it is, is configuration.
import type { Kafka } from './client.ts';
import { connectKafkajs } from './clients/kafkajs/connect-kafkajs.ts';
import { connectPlatformatic } from './clients/platformatic/connect-platformatic.ts';
import type { KafkaConfig } from './config.ts';
import type { RetryPolicy } from './retry-policy.ts';

export { briefRetry, patientRetry } from './retry-policy.ts';

export function connectKafka(config: KafkaConfig, retry: RetryPolicy): Kafka {
  return config.client === 'platformatic' ? connectPlatformatic(config, retry) : connectKafkajs(config, retry);
}
