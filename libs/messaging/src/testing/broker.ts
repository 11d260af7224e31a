// The Kafka broker of integration specs.
import { kafkaClientNames, type KafkaConfig } from '../kafka/config.ts';

/** Reads TEST_KAFKA_BROKERS, which `npm test` sets, and KAFKA_CLIENT. */
export function testKafka(overrides: Partial<KafkaConfig> = {}): KafkaConfig {
  const brokers = process.env['TEST_KAFKA_BROKERS'];
  if (!brokers) throw new Error('integration tests need TEST_KAFKA_BROKERS=host:port');
  const client = kafkaClientNames.find((name) => name === process.env['KAFKA_CLIENT']) ?? 'kafkajs';
  return {
    brokers: brokers.split(','),
    clientId: 'test',
    client,
    sessionTimeoutMs: 6_000,
    maxWaitMs: 100,
    ...overrides,
  };
}

/** Waits for a condition, at most `ms`. */
export async function until(condition: () => boolean | Promise<boolean>, ms = 60_000): Promise<void> {
  const deadline = Date.now() + ms;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${ms} ms: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
