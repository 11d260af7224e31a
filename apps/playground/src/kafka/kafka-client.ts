// A plain kafkajs client, as a product uses it: the playground uses nothing of Carillon's own messaging.
import kafkajs from 'kafkajs';
import type { Admin, Kafka } from 'kafkajs';

export function kafkaClient(brokers: readonly string[], clientId: string): Kafka {
  return new kafkajs.Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
  });
}

/** A client and its connected admin, for as long as `work` takes. */
export async function withAdmin<T>(
  brokers: readonly string[],
  work: (kafka: Kafka, admin: Admin) => Promise<T>,
): Promise<T> {
  const kafka = kafkaClient(brokers, 'carillon-playground');
  const admin = kafka.admin();
  await admin.connect();
  try {
    return await work(kafka, admin);
  } finally {
    await admin.disconnect();
  }
}
