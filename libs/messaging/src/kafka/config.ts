// How to reach Kafka, in the product's own words.
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
  clientId: string;
  /** True: the machine's certificate authorities are trusted. */
  ssl?: boolean | TlsOptions;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
  /** How long a silent consumer keeps its partitions. Default 30,000. */
  sessionTimeoutMs?: number;
  /** How long a fetch waits for new records. Default 250. */
  maxWaitMs?: number;
}
