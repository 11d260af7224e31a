// Creates the Kafka client that the configuration names. No other file creates one.
import type { Kafka } from './client.ts';
import { connectKafkajs } from './clients/kafkajs/connect-kafkajs.ts';
import { connectPlatformatic } from './clients/platformatic/connect-platformatic.ts';
import type { KafkaConfig } from './config.ts';
import type { RetryPolicy } from './retry-policy.ts';

export { briefRetry, unlimitedRetry } from './retry-policy.ts';

export function connectKafka(config: KafkaConfig, retry: RetryPolicy): Kafka {
  return config.client === 'platformatic' ? connectPlatformatic(config, retry) : connectKafkajs(config, retry);
}
