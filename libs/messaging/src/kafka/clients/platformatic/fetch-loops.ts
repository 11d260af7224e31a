// Fetches the assigned partitions: one loop for each broker that leads some of them. Guarantees: partitions are fetched
// while others are handled; a partition is not fetched while a batch of it is handled, while it is paused, or during a
// rebalance; a fetch that fails is repeated after a pause, with the leaders asked for again; a loop ends with its
// epoch.
import type { EventEmitter } from 'node:events';
import { createLogger } from '@carillon/telemetry';
import type { Broker } from '@platformatic/kafka';
import { backoffMs } from '../../../backoff.ts';
import type { FetchResponse } from '../../records/fetch-response.ts';
import type { AssignedPartition } from './assigned-partition.ts';
import type { Assignment } from './assignment.ts';
import type { BatchRunner } from './batch-runner.ts';
import { BrokerError, translated } from './broker-error.ts';
import type { FetchConnections } from './fetch-connections.ts';
import type { LibraryConsumer } from './library.ts';
import type { StartPositions } from './start-positions.ts';

const offsetOutOfRange = 1;
const log = createLogger('kafka');

export interface FetchLoopsOptions {
  consumer: LibraryConsumer;
  connections: FetchConnections;
  assignment: Assignment;
  positions: StartPositions;
  batches: BatchRunner;
  emitter: EventEmitter;
  /** How long a loop without anything to fetch waits before it looks again. */
  idleMs: number;
}

interface Leader {
  broker: Broker;
  partitions: AssignedPartition[];
}

export class FetchLoops {
  readonly #options: FetchLoopsOptions;
  /** The brokers that have a loop in the current epoch. */
  #nodes = new Set<number>();

  constructor(options: FetchLoopsOptions) {
    this.#options = options;
  }

  /** Loops of an earlier epoch end by themselves. */
  reset(): void {
    this.#nodes = new Set();
  }

  async start(epoch: number): Promise<void> {
    const { assignment } = this.#options;
    await assignment.retryWhileCurrent(epoch, 'the leaders could not be asked for', async () => {
      for (const [node, { broker }] of await this.#leaders(true)) {
        if (this.#nodes.has(node) || assignment.isStale(epoch)) continue;
        this.#nodes.add(node);
        void this.#loop(node, broker, epoch);
      }
    });
  }

  async #leaders(forceUpdate = false): Promise<Map<number, Leader>> {
    const partitions = [...this.#options.assignment.partitions];
    const topics = [...new Set(partitions.map(({ topic }) => topic))];
    const leaders = new Map<number, Leader>();
    if (topics.length === 0) return leaders;
    const metadata = await translated(this.#options.consumer.metadata({ topics, forceUpdate }));
    for (const assigned of partitions) {
      const node = metadata.topics.get(assigned.topic)?.partitions[assigned.partition]?.leader;
      const broker = node === undefined ? undefined : metadata.brokers.get(node);
      if (node === undefined || !broker) throw new BrokerError('LEADER_NOT_AVAILABLE');
      const leader = leaders.get(node) ?? { broker, partitions: [] };
      leader.partitions.push(assigned);
      leaders.set(node, leader);
    }
    return leaders;
  }

  async #loop(node: number, broker: Broker, epoch: number): Promise<void> {
    const { assignment, connections, idleMs } = this.#options;
    for (let failures = 0; assignment.isCurrent(epoch); ) {
      try {
        const leader = (await this.#leaders()).get(node);
        if (!leader) break;
        const wanted = this.#fetchable(leader.partitions);
        if (wanted.length === 0 || assignment.rebalancing) {
          await assignment.wake.wait(idleMs);
          continue;
        }
        const requested = wanted.map(({ topic, partition, position }) => ({ topic, partition, offset: position! }));
        const response = await connections.fetch(broker, requested);
        if (!assignment.isCurrent(epoch)) break;
        const offsets = new Map(requested.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset]));
        await this.#accept(response, offsets, epoch);
        failures = 0;
      } catch (error) {
        if (!assignment.isCurrent(epoch)) break;
        log.warn({ err: error, node, groupId: assignment.groupId }, 'fetching failed, trying again');
        await assignment.wake.wait(backoffMs(failures++, 2_000));
        void this.start(epoch);
      }
    }
    if (!assignment.isStale(epoch)) this.#nodes.delete(node);
  }

  #fetchable(partitions: readonly AssignedPartition[]): AssignedPartition[] {
    const now = Date.now();
    return partitions.filter(
      (assigned) =>
        !assigned.busy &&
        assigned.position !== undefined &&
        assigned.notBefore <= now &&
        !this.#options.assignment.isPaused(assigned),
    );
  }

  async #accept({ responses }: FetchResponse, offsets: ReadonlyMap<string, number>, epoch: number): Promise<void> {
    const { assignment, batches, emitter, positions } = this.#options;
    emitter.emit('FETCH', {});
    for (const { topicName, partitions } of responses) {
      for (const data of partitions) {
        const assigned = assignment.get(topicName, data.partition);
        // Its position was changed, or it was paused, while the fetch waited.
        if (!assigned || assigned.busy || assigned.position !== offsets.get(assigned.id)) continue;
        if (assignment.isPaused(assigned)) continue;
        if (data.errorCode === offsetOutOfRange)
          assigned.position = await positions.startOf(assigned.topic, assigned.partition);
        else if (data.errorCode !== 0)
          throw new Error(`Kafka answered the fetch of ${assigned.id} with error ${data.errorCode}`);
        else if (data.messages.length > 0) batches.add(assigned, data, epoch);
      }
    }
    batches.startQueued();
  }
}
