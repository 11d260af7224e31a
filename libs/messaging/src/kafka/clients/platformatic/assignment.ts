// The partitions that this member of the group holds now, and whether work that was started for them still counts.
// Guarantee: every assignment has an epoch; work of an earlier epoch has no effect, so nothing is committed, fetched or
// moved for partitions that may belong to another member. It makes no requests.
import { createLogger } from '@carillon/telemetry';
import type { GroupAssignment } from '@platformatic/kafka';
import { backoffMs } from '../../../backoff.ts';
import type { TopicPartitions } from '../../client.ts';
import { AssignedPartition } from './assigned-partition.ts';
import { BrokerError } from './broker-error.ts';
import { WakeUp } from './wake-up.ts';

const log = createLogger('kafka');

export class Assignment {
  readonly groupId: string;
  /** Woken when there may be something to do: a partition was resumed, a batch has ended, the consumer stops. */
  readonly wake = new WakeUp();
  /** True from the start of a rebalance to the next assignment: no batch is started meanwhile. */
  rebalancing = false;
  stopping = false;
  #epoch = 0;
  #partitions = new Map<string, AssignedPartition>();
  readonly #paused = new Set<string>();

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  get partitions(): Iterable<AssignedPartition> {
    return this.#partitions.values();
  }

  get(topic: string, partition: number): AssignedPartition | undefined {
    return this.#partitions.get(`${topic}/${partition}`);
  }

  /** Replaces the partitions, and returns the epoch of the work that now begins. */
  replace(assignments: readonly GroupAssignment[]): number {
    this.rebalancing = false;
    this.#partitions = new Map(
      assignments
        .flatMap(({ topic, partitions }) => partitions.map((partition) => new AssignedPartition(topic, partition)))
        .map((assigned) => [assigned.id, assigned]),
    );
    return ++this.#epoch;
  }

  /** Ends the work of the current epoch without another assignment. */
  end(): void {
    this.#epoch++;
  }

  isCurrent(epoch: number): boolean {
    return epoch === this.#epoch && !this.stopping;
  }

  isStale(epoch: number): boolean {
    return epoch !== this.#epoch;
  }

  /** Why a heartbeat or a commit of this epoch is refused here, before the broker is asked. */
  refusal(epoch: number): BrokerError | undefined {
    if (this.isStale(epoch)) return new BrokerError('ILLEGAL_GENERATION');
    return this.rebalancing ? new BrokerError('REBALANCE_IN_PROGRESS') : undefined;
  }

  pause(topicPartitions: readonly TopicPartitions[]): void {
    for (const { topic, partitions } of topicPartitions)
      for (const partition of partitions) this.#paused.add(`${topic}/${partition}`);
  }

  resume(topicPartitions: readonly TopicPartitions[]): void {
    for (const { topic, partitions } of topicPartitions)
      for (const partition of partitions) this.#paused.delete(`${topic}/${partition}`);
    this.wake.now();
  }

  isPaused({ id }: AssignedPartition): boolean {
    return this.#paused.has(id);
  }

  seek(topic: string, partition: number, offset: number): void {
    const assigned = this.get(topic, partition);
    if (assigned) assigned.position = offset;
    this.wake.now();
  }

  /** Repeats an action that fails, while the epoch is current. `failure` says in the log what did not work. */
  async retryWhileCurrent(epoch: number, failure: string, action: () => Promise<void>): Promise<void> {
    for (let attempt = 0; this.isCurrent(epoch); attempt++) {
      try {
        return await action();
      } catch (error) {
        log.warn({ err: error, groupId: this.groupId, attempt }, `${failure}, trying again`);
        await this.wake.wait(backoffMs(attempt, 2_000));
      }
    }
  }
}
