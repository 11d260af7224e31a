// A member of a consumer group (classic protocol) on @platformatic/kafka. It joins the group and follows its
// rebalances; positions, fetching and handling are in start-positions.ts, fetch-loops.ts and batch-runner.ts.
// Guarantees: a rebalance waits for running batches, for a few seconds at most; whatever fails is tried again, and only
// a group that refuses this member for good ends the consumer; `disconnect()` waits for running batches.
import { EventEmitter } from 'node:events';
import { createLogger } from '@carillon/telemetry';
import type { BaseOptions, GroupAssignment } from '@platformatic/kafka';
import { backoffMs } from '../../../backoff.ts';
import type {
  Consumer,
  ConsumerEvents,
  ConsumerOptions,
  EventName,
  EventNames,
  RunOptions,
  TopicPartitions,
} from '../../client.ts';
import { Assignment } from './assignment.ts';
import { BatchRunner } from './batch-runner.ts';
import { BrokerError, brokerErrorOf, translated } from './broker-error.ts';
import { FetchConnections } from './fetch-connections.ts';
import { FetchLoops } from './fetch-loops.ts';
import { loadLibrary, type Library, type LibraryConsumer } from './library.ts';
import { StartPositions } from './start-positions.ts';

const eventNames: EventNames = {
  GROUP_JOIN: 'GROUP_JOIN',
  REBALANCING: 'REBALANCING',
  FETCH: 'FETCH',
  END_BATCH_PROCESS: 'END_BATCH_PROCESS',
  CRASH: 'CRASH',
};
/** A little more than BatchWork gives a handler. */
const rebalanceGraceMs = 6_000;
/** Answers to a request to join that another try does not change. */
const final = new Set([
  'INVALID_SESSION_TIMEOUT',
  'INCONSISTENT_GROUP_PROTOCOL',
  'INVALID_GROUP_ID',
  'GROUP_AUTHORIZATION_FAILED',
  'TOPIC_AUTHORIZATION_FAILED',
]);
const log = createLogger('kafka');

interface Connected {
  consumer: LibraryConsumer;
  connections: FetchConnections;
  positions: StartPositions;
  batches: BatchRunner;
  loops: FetchLoops;
}

export class PlatformaticConsumer implements Consumer {
  readonly events = eventNames;
  readonly #emitter = new EventEmitter();
  readonly #options: BaseOptions;
  readonly #group: Required<ConsumerOptions>;
  readonly #fromBeginning = new Map<string, boolean>();
  readonly #assignment: Assignment;
  #connected: Connected | undefined;
  #joining = false;

  constructor(
    options: BaseOptions,
    {
      groupId,
      sessionTimeout = 30_000,
      rebalanceTimeout = 60_000,
      heartbeatInterval = 3_000,
      maxWaitTimeInMs = 250,
    }: ConsumerOptions,
  ) {
    this.#options = options;
    this.#group = { groupId, sessionTimeout, rebalanceTimeout, heartbeatInterval, maxWaitTimeInMs };
    this.#assignment = new Assignment(groupId);
  }

  on<Name extends EventName>(
    name: string & { readonly event?: Name },
    listener: (event: ConsumerEvents[Name]) => void,
  ): void {
    this.#emitter.on(name, listener);
  }

  async connect(): Promise<void> {
    const library = await loadLibrary();
    this.#connected ??= this.#assemble(library);
    await translated(this.#connected.consumer.metadata({ topics: [] }));
  }

  async subscribe({ topics, fromBeginning = false }: { topics: string[]; fromBeginning?: boolean }): Promise<void> {
    for (const topic of topics) this.#fromBeginning.set(topic, fromBeginning);
    await translated(this.#parts().consumer.metadata({ topics: [...topics], forceUpdate: true }));
    this.#parts().consumer.topics.trackAll(...topics);
  }

  run(options: RunOptions): Promise<void> {
    this.#parts().batches.options = options;
    return this.#join();
  }

  async disconnect(): Promise<void> {
    this.#assignment.stopping = true;
    this.#connected?.batches.clear();
    this.#assignment.wake.now();
    while ((this.#connected?.batches.running ?? 0) > 0 || this.#joining) await this.#assignment.wake.wait(50);
    const connected = this.#connected;
    this.#connected = undefined;
    this.#assignment.end();
    try {
      await connected?.consumer.close(true);
    } finally {
      await connected?.connections.close();
    }
  }

  pause(partitions: TopicPartitions[]): void {
    this.#assignment.pause(partitions);
  }

  resume(partitions: TopicPartitions[]): void {
    this.#assignment.resume(partitions);
  }

  seek({ topic, partition, offset }: { topic: string; partition: number; offset: string }): void {
    this.#assignment.seek(topic, partition, Number(offset));
  }

  #parts(): Connected {
    if (!this.#connected) throw new Error('the consumer is not connected');
    return this.#connected;
  }

  #assemble(library: Library): Connected {
    const { groupId, sessionTimeout, rebalanceTimeout, heartbeatInterval, maxWaitTimeInMs } = this.#group;
    // Without retries of its own: a commit must not be repeated for a generation that came later.
    const options = { ...this.#options, retries: 0, requestTimeout: rebalanceTimeout + 10_000 };
    const consumer: LibraryConsumer = new library.Consumer<Buffer, Buffer, Buffer, Buffer>({
      ...options,
      groupId,
      sessionTimeout,
      rebalanceTimeout,
      heartbeatInterval,
      // The library asks for this before it joins, so the group waits for the batches that run here.
      protocolsMetadata: async () => {
        await this.#connected?.batches.ended(rebalanceGraceMs);
        return Buffer.from([0]);
      },
    });
    const assignment = this.#assignment;
    const emitter = this.#emitter;
    const connections = new FetchConnections(library, this.#options.clientId, options, maxWaitTimeInMs);
    const positions = new StartPositions(consumer, assignment, this.#fromBeginning);
    const batches = new BatchRunner(consumer, assignment, emitter);
    const idleMs = maxWaitTimeInMs;
    const loops = new FetchLoops({ consumer, connections, assignment, positions, batches, emitter, idleMs });
    this.#watch(consumer, batches);
    return { consumer, connections, positions, batches, loops };
  }

  #watch(consumer: LibraryConsumer, batches: BatchRunner): void {
    consumer.on('consumer:group:rebalance', () => {
      if (this.#assignment.rebalancing) return;
      this.#assignment.rebalancing = true;
      batches.clear();
      this.#emitter.emit('REBALANCING', {});
    });
    consumer.on('consumer:group:join', ({ assignments }) => this.#onJoin(assignments ?? []));
    // The library has given up joining again.
    consumer.on('error', (error) => {
      log.warn({ err: error, groupId: this.#group.groupId }, 'the group could not be joined again, trying on');
      void this.#join();
    });
  }

  async #join(): Promise<void> {
    if (this.#joining) return;
    this.#joining = true;
    try {
      for (let attempt = 0; !this.#assignment.stopping; attempt++) {
        try {
          await this.#parts().consumer.joinGroup({});
          return;
        } catch (error) {
          const reason = brokerErrorOf(error);
          if (reason instanceof BrokerError && final.has(reason.type)) {
            this.#assignment.stopping = true;
            this.#emitter.emit('CRASH', { payload: { error: reason, restart: false } });
            return;
          }
          const { groupId } = this.#group;
          log.warn({ err: error, groupId, attempt }, 'the group could not be joined, trying again');
          await this.#assignment.wake.wait(backoffMs(attempt, 2_000));
        }
      }
    } finally {
      this.#joining = false;
    }
  }

  #onJoin(assignments: GroupAssignment[]): void {
    if (this.#assignment.stopping) return;
    const { batches, loops, positions } = this.#parts();
    const epoch = this.#assignment.replace(assignments);
    batches.clear();
    loops.reset();
    const memberAssignment = Object.fromEntries(assignments.map(({ topic, partitions }) => [topic, [...partitions]]));
    this.#emitter.emit('GROUP_JOIN', { payload: { memberAssignment } });
    void this.#assignment
      .retryWhileCurrent(epoch, 'the committed offsets could not be read', () => positions.find(epoch))
      .then(() => loops.start(epoch));
  }
}
