// The connection of a product to the platform's Kafka.
import type { KafkaConfig } from '@carillon/messaging';

export interface Connection {
  brokers: string[];
  /** The name of this client in the broker's logs and quotas. Default: made from the source or the group. */
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
