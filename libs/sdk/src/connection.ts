// How a product reaches the platform's Kafka.
import type { KafkaConfig } from '@carillon/messaging';

export interface Connection {
  brokers: string[];
  /** The name this client goes by in the broker's logs and quotas. */
  clientId?: string;
  ssl?: NonNullable<KafkaConfig['ssl']>;
  sasl?: NonNullable<KafkaConfig['sasl']>;
}

export function kafkaConfigOf({ brokers, clientId, ssl, sasl }: Connection, name: string): KafkaConfig {
  return {
    brokers,
    clientId: clientId ?? name,
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
  };
}
