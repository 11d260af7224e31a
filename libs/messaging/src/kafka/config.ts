// How to reach Kafka, in the product's own words.
export interface KafkaConfig {
  brokers: string[];
  clientId: string;
  ssl?: boolean;
  sasl?: { mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'; username: string; password: string };
  /** How long a silent consumer keeps its partitions. Default 30,000. */
  sessionTimeoutMs?: number;
  /** How long a fetch waits for new records. Default 250. */
  maxWaitMs?: number;
}
