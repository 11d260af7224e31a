// How long a client tries by itself before its caller hears of it.
export interface RetryPolicy {
  initialRetryTime: number;
  multiplier: number;
  factor: number;
  maxRetryTime: number;
  retries: number;
}

/** As good as for ever: giving up is decided above the client, which counts over its life, not per error. */
export const patientRetry: RetryPolicy = {
  initialRetryTime: 100,
  multiplier: 2,
  factor: 0.2,
  maxRetryTime: 2_000,
  retries: 1e9,
};

/** For callers with a loop of their own. */
export const briefRetry: RetryPolicy = { ...patientRetry, retries: 2 };
