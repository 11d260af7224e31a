// How often a Kafka client repeats a request by itself before it reports the error.
export interface RetryPolicy {
  initialRetryTime: number;
  multiplier: number;
  factor: number;
  maxRetryTime: number;
  retries: number;
}

/**
 * In practice without limit: kafkajs counts retries over the life of a consumer, so its callers decide when to stop.
 */
export const unlimitedRetry: RetryPolicy = {
  initialRetryTime: 100,
  multiplier: 2,
  factor: 0.2,
  maxRetryTime: 2_000,
  retries: 1e9,
};

/** For callers that repeat the request themselves. */
export const briefRetry: RetryPolicy = { ...unlimitedRetry, retries: 2 };
