// One batch of one partition while it is handled: its heartbeats, its abort signal, and why it ended early. Guarantees:
// heartbeats are sent while a handler works; the signal is aborted when the partition is lost or the process stops; on
// a rebalance, a running handler has some seconds to end before its signal is aborted.
import type { EachBatchPayload } from '../kafka/client.ts';
import type { Lag } from './lag.ts';
import { StalledPartitions } from './stalled-partitions.ts';

const heartbeatEveryMs = 1_000;
/** How long a running handler may go on after a rebalance began; the other members wait for it. */
const rebalanceGraceMs = 5_000;

export class BatchWork {
  readonly #payload: EachBatchPayload;
  readonly #lost = new AbortController();
  readonly #stopping: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly signal: AbortSignal;
  /** Set when the group no longer counts this member; thrown into kafkajs, which joins again. */
  failure: Error | undefined;
  #rebalancingSince = 0;

  constructor(
    payload: EachBatchPayload,
    stopping: AbortSignal,
    lag: Lag,
    readonly stalled = new StalledPartitions(),
  ) {
    lag.began(payload.batch);
    this.#payload = payload;
    this.#stopping = stopping;
    this.signal = this.#lost.signal;
    if (stopping.aborted) this.#lost.abort(stopping.reason);
    stopping.addEventListener('abort', this.#onStop, { once: true });
    this.#timer = setInterval(() => {
      lag.waiting(payload.batch);
      void this.heartbeat().catch(() => undefined);
    }, heartbeatEveryMs);
  }

  get stopping(): boolean {
    return this.#stopping.aborted;
  }

  /** kafkajs sends one only when the interval has passed. Rejects when the partition is lost or about to move. */
  heartbeat = async (): Promise<void> => {
    try {
      await this.#payload.heartbeat();
      if (!this.#payload.isRunning() && !this.stopping) throw new Error('the consumer was restarted');
    } catch (error) {
      this.#onHeartbeatFailure(error as Error & { type?: string });
      throw error;
    }
  };

  end(): void {
    clearInterval(this.#timer);
    this.#stopping.removeEventListener('abort', this.#onStop);
  }

  readonly #onStop = (): void => this.#lost.abort(this.#stopping.reason);

  #onHeartbeatFailure(error: Error & { type?: string }): void {
    if (error.type === 'REBALANCE_IN_PROGRESS') {
      this.#rebalancingSince ||= Date.now();
      if (Date.now() - this.#rebalancingSince >= rebalanceGraceMs) this.#lost.abort(error);
      this.failure = error;
    } else if (error.type === 'ILLEGAL_GENERATION' || error.type === 'UNKNOWN_MEMBER_ID' || error.type === undefined) {
      if (error.type !== undefined || !this.#payload.isRunning()) {
        this.failure = error;
        this.#lost.abort(error);
      }
    }
  }
}
