// The settings with which a process connects to Kafka, the same for both clients.
/** Both pass the same specs, which shows that the client can be replaced. The second needs Node 22.22 or 24.6. */
export const kafkaClientNames = ['kafkajs', 'platformatic'] as const;
export type KafkaClientName = (typeof kafkaClientNames)[number];

/** PEM text. */
export interface TlsOptions {
  /** The certificate authority of the brokers; default: the machine's certificate authorities. */
  ca?: string;
  /** The client's certificate and key, both or neither. */
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
  /** How long a consumer that sends no heartbeat keeps its partitions. Default 30,000. */
  sessionTimeoutMs?: number;
  /** How long a fetch waits for new records. Default 250. */
  maxWaitMs?: number;
}
