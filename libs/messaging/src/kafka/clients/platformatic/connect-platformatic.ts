// @platformatic/kafka 2.12 behind the port (kafka/client.ts). Group membership, commits and requests are the library's.
// Fetch responses are read by our own code (records/), because the library decompresses at once and without a limit.
import type { Kafka } from '../../client.ts';
import type { KafkaConfig } from '../../config.ts';
import type { RetryPolicy } from '../../retry-policy.ts';
import { baseOptions } from './library.ts';
import { PlatformaticAdmin } from './platformatic-admin.ts';
import { PlatformaticConsumer } from './platformatic-consumer.ts';
import { PlatformaticProducer } from './platformatic-producer.ts';

export function connectPlatformatic(config: KafkaConfig, retry: RetryPolicy): Kafka {
  const options = baseOptions(config, retry);
  return {
    producer: () => new PlatformaticProducer(options),
    consumer: (consumerOptions) => new PlatformaticConsumer(options, consumerOptions),
    admin: () => new PlatformaticAdmin(options),
  };
}
