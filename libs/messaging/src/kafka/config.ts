// How to reach Kafka, in the product's own words.
/** Both do the same; the second is proof that the first can be replaced. It needs Node 22.22 or 24.6. */
export const kafkaClientNames = ['kafkajs', 'platformatic'] as const;
export type KafkaClientName = (typeof kafkaClientNames)[number];

/** PEM text. */
export interface TlsOptions {
  /** Who signs the brokers' certificates; default: the machine's certificate authorities. */
  ca?: string;
  /** How we show who we are, both or neither. */
  cert?: string;
  key?: string;
}

export interface KafkaConfig {
  brokers: string[];
  /** Default: kafkajs. */
  client?: KafkaClientName;
  clientId: string;
  /** True: the machine's certificate authorities are trusted. */
  ssl?: boolean | TlsOptions;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
  /** How long a silent consumer keeps its partitions. Default 30,000. */
  sessionTimeoutMs?: number;
  /** How long a fetch waits for new records. Default 250. */
  maxWaitMs?: number;
}
