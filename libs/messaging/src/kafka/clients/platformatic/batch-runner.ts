// Passes fetched batches to the handler. Guarantees: one batch of a partition at a time, and at most
// `partitionsConsumedConcurrently` batches in all; no batch starts during a rebalance; a batch that fails, or that the
// handler does not resolve, is fetched again; a heartbeat or a commit of an earlier epoch is refused here.
import type { EventEmitter } from 'node:events';
import { createLogger } from '@carillon/telemetry';
import type { EachBatchPayload, Offsets, RunOptions } from '../../client.ts';
import type { PartitionData } from '../../records/fetch-response.ts';
import { withoutAborted } from '../../records/without-aborted.ts';
import type { AssignedPartition } from './assigned-partition.ts';
import type { Assignment } from './assignment.ts';
import { translated } from './broker-error.ts';
import type { LibraryConsumer } from './library.ts';

/** How long a partition is not fetched after its batch failed. */
const pauseAfterFailureMs = 1_000;
const log = createLogger('kafka');

export class BatchRunner {
  readonly #consumer: LibraryConsumer;
  readonly #assignment: Assignment;
  readonly #emitter: EventEmitter;
  readonly #queue: (() => Promise<void>)[] = [];
  #running = 0;
  /** Set before the group is joined, and so before the first batch. */
  options: RunOptions | undefined;

  constructor(consumer: LibraryConsumer, assignment: Assignment, emitter: EventEmitter) {
    this.#consumer = consumer;
    this.#assignment = assignment;
    this.#emitter = emitter;
  }

  /** Batches whose handler has not returned. */
  get running(): number {
    return this.#running;
  }

  /** The partition is busy until its batch has ended, or until it is assigned anew. */
  add(assigned: AssignedPartition, data: PartitionData, epoch: number): void {
    assigned.busy = true;
    this.#queue.push(() => this.#handle(assigned, data, epoch));
  }

  /** Drops batches that have not started. */
  clear(): void {
    this.#queue.length = 0;
  }

  startQueued(): void {
    while (this.#running < (this.options?.partitionsConsumedConcurrently ?? 1) && !this.#assignment.rebalancing) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#running++;
      void next().finally(() => {
        this.#running--;
        this.startQueued();
        this.#assignment.wake.now();
      });
    }
  }

  /** Resolves when no batch runs, or after `ms`. */
  async ended(ms: number): Promise<void> {
    const deadline = Date.now() + ms;
    while (this.#running > 0 && Date.now() < deadline) await this.#assignment.wake.wait(50);
  }

  async #handle(assigned: AssignedPartition, data: PartitionData, epoch: number): Promise<void> {
    const { topic, partition } = assigned;
    const lastOffset = data.messages.at(-1)!.offset;
    const messages = withoutAborted(data.messages, data.abortedTransactions).filter(
      ({ offset }) => Number(offset) >= assigned.position!,
    );
    try {
      if (messages.length > 0) await this.options!.eachBatch(this.#payload(assigned, messages, data, epoch));
      if (messages.length === 0 || this.options!.eachBatchAutoResolve !== false)
        assigned.position = Number(lastOffset) + 1;
      this.#emitter.emit('END_BATCH_PROCESS', { payload: { topic, partition, lastOffset } });
    } catch (error) {
      if (this.#assignment.isCurrent(epoch) && !this.#assignment.rebalancing) {
        const { groupId } = this.#assignment;
        log.warn({ err: error, topic, partition, groupId }, 'a batch failed, it is fetched again');
        assigned.notBefore = Date.now() + pauseAfterFailureMs;
      }
    } finally {
      assigned.busy = false;
    }
  }

  #payload(
    assigned: AssignedPartition,
    messages: PartitionData['messages'],
    { highWatermark, messages: fetched }: PartitionData,
    epoch: number,
  ): EachBatchPayload {
    const { topic, partition } = assigned;
    const lastOffset = fetched.at(-1)!.offset;
    return {
      batch: { topic, partition, highWatermark, messages, lastOffset: () => lastOffset },
      heartbeat: () => {
        const refusal = this.#assignment.refusal(epoch);
        return refusal ? Promise.reject(refusal) : Promise.resolve();
      },
      isRunning: () => this.#assignment.isCurrent(epoch),
      isStale: () => this.#assignment.isStale(epoch),
      resolveOffset: (offset) => {
        assigned.position = Number(offset) + 1;
      },
      commitOffsetsIfNecessary: (offsets) => this.#commit(offsets, epoch),
    };
  }

  async #commit({ topics }: Offsets, epoch: number): Promise<void> {
    const refusal = this.#assignment.refusal(epoch);
    if (refusal) throw refusal;
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset), leaderEpoch: -1 })),
    );
    await translated(this.#consumer.commit({ offsets }));
  }
}
