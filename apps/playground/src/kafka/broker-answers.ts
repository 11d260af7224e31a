// Whether Kafka accepts clients: it names a controller and at least one broker.
import { kafkaClient } from './kafka-client.ts';

export async function brokerAnswers(brokers: readonly string[]): Promise<boolean> {
  const admin = kafkaClient(brokers, 'carillon-playground-probe').admin({ retry: { retries: 0 } });
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.brokers.length > 0 && cluster.controller !== null;
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}
