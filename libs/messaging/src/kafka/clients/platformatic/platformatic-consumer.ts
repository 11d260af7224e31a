// A member of a consumer group (classic protocol) on @platformatic/kafka.
// Promises: partitions are fetched while others are handled, each with one batch at a time; the group waits with a
// rebalance for running batches, a few seconds at most; a commit for another generation is refused here; whatever fails
// is tried again; only a group that refuses us for good makes it die. `disconnect()` waits for running batches.
import { EventEmitter } from 'node:events';
import { createLogger } from '@carillon/telemetry';
import type { BaseOptions, Broker, Consumer as LibraryConsumer, GroupAssignment } from '@platformatic/kafka';
import { backoffMs } from '../../../backoff.ts';
import type {
  Consumer,
  ConsumerEvents,
  ConsumerOptions,
  EachBatchPayload,
  EventName,
  EventNames,
  Offsets,
  RunOptions,
  TopicPartitions,
} from '../../client.ts';
import type { FetchResponse, PartitionData } from '../../records/fetch-response.ts';
import { withoutAborted } from '../../records/without-aborted.ts';
import { AssignedPartition, WakeUp } from './assigned-partition.ts';
import { BrokerError, brokerErrorOf, translated } from './broker-error.ts';
import { FetchConnections } from './fetch-connections.ts';
import { loadLibrary } from './library.ts';

type Binary = LibraryConsumer<Buffer, Buffer, Buffer, Buffer>;

const eventNames: EventNames = {
  GROUP_JOIN: 'GROUP_JOIN',
  REBALANCING: 'REBALANCING',
  FETCH: 'FETCH',
  END_BATCH_PROCESS: 'END_BATCH_PROCESS',
  CRASH: 'CRASH',
};
const earliest = -2n;
const latest = -1n;
const offsetOutOfRange = 1;
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

export class PlatformaticConsumer implements Consumer {
  readonly events = eventNames;
  readonly #emitter = new EventEmitter();
  readonly #options: BaseOptions;
  readonly #group: Required<ConsumerOptions>;
  readonly #fromBeginning = new Map<string, boolean>();
  readonly #paused = new Set<string>();
  readonly #wake = new WakeUp();
  readonly #queue: (() => Promise<void>)[] = [];
  #partitions = new Map<string, AssignedPartition>();
  #consumer: Binary | undefined;
  #fetches: FetchConnections | undefined;
  #run: RunOptions | undefined;
  #running = 0;
  /** Changes with every assignment; what belongs to an older one has no effect any more. */
  #epoch = 0;
  #rebalancing = false;
  #joining = false;
  #stopping = false;
  #loops = new Set<number>();

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
  }

  on<Name extends EventName>(
    name: string & { readonly event?: Name },
    listener: (event: ConsumerEvents[Name]) => void,
  ): void {
    this.#emitter.on(name, listener);
  }

  async connect(): Promise<void> {
    const library = await loadLibrary();
    const { groupId, sessionTimeout, rebalanceTimeout, heartbeatInterval, maxWaitTimeInMs } = this.#group;
    if (!this.#consumer) {
      // Without retries of its own: a commit must not be repeated for a generation that came later.
      const options = { ...this.#options, retries: 0, requestTimeout: rebalanceTimeout + 10_000 };
      this.#consumer = new library.Consumer<Buffer, Buffer, Buffer, Buffer>({
        ...options,
        groupId,
        sessionTimeout,
        rebalanceTimeout,
        heartbeatInterval,
        protocolsMetadata: () => this.#runningBatchesEnd(),
      });
      this.#fetches = new FetchConnections(library, this.#options.clientId, options, maxWaitTimeInMs);
      this.#watch(this.#consumer);
    }
    await translated(this.#consumer.metadata({ topics: [] }));
  }

  async subscribe({ topics, fromBeginning = false }: { topics: string[]; fromBeginning?: boolean }): Promise<void> {
    for (const topic of topics) this.#fromBeginning.set(topic, fromBeginning);
    await translated(this.#connected().metadata({ topics: [...topics], forceUpdate: true }));
    this.#connected().topics.trackAll(...topics);
  }

  run(options: RunOptions): Promise<void> {
    this.#run = options;
    return this.#join();
  }

  async disconnect(): Promise<void> {
    this.#stopping = true;
    this.#queue.length = 0;
    this.#wake.now();
    while (this.#running > 0 || this.#joining) await this.#wake.wait(50);
    const [consumer, fetches] = [this.#consumer, this.#fetches];
    this.#consumer = undefined;
    this.#fetches = undefined;
    this.#epoch++;
    try {
      await consumer?.close(true);
    } finally {
      await fetches?.close();
    }
  }

  pause(partitions: TopicPartitions[]): void {
    for (const { topic, partitions: numbers } of partitions)
      for (const partition of numbers) this.#paused.add(`${topic}/${partition}`);
  }

  resume(partitions: TopicPartitions[]): void {
    for (const { topic, partitions: numbers } of partitions)
      for (const partition of numbers) this.#paused.delete(`${topic}/${partition}`);
    this.#wake.now();
  }

  seek({ topic, partition, offset }: { topic: string; partition: number; offset: string }): void {
    const place = this.#partitions.get(`${topic}/${partition}`);
    if (place) place.position = Number(offset);
    this.#wake.now();
  }

  #connected(): Binary {
    if (!this.#consumer) throw new Error('the consumer is not connected');
    return this.#consumer;
  }

  #watch(consumer: Binary): void {
    consumer.on('consumer:group:rebalance', () => this.#onRebalance());
    consumer.on('consumer:group:join', ({ assignments }) => this.#onJoin(assignments ?? []));
    // The library has given up joining again.
    consumer.on('error', (error) => {
      log.warn({ err: error, groupId: this.#group.groupId }, 'the group could not be joined again, trying on');
      void this.#join();
    });
  }

  #onRebalance(): void {
    if (this.#rebalancing) return;
    this.#rebalancing = true;
    this.#queue.length = 0;
    this.#emitter.emit('REBALANCING', {});
  }

  /** Called by the library before it asks to join: the group waits for what runs here. */
  async #runningBatchesEnd(): Promise<Buffer> {
    const deadline = Date.now() + rebalanceGraceMs;
    while (this.#running > 0 && Date.now() < deadline) await this.#wake.wait(50);
    return Buffer.from([0]);
  }

  async #join(): Promise<void> {
    if (this.#joining) return;
    this.#joining = true;
    try {
      for (let attempt = 0; !this.#stopping; attempt++) {
        try {
          await this.#connected().joinGroup({});
          return;
        } catch (error) {
          const reason = brokerErrorOf(error);
          if (reason instanceof BrokerError && final.has(reason.type)) {
            this.#stopping = true;
            this.#emitter.emit('CRASH', { payload: { error: reason, restart: false } });
            return;
          }
          log.warn(
            { err: error, groupId: this.#group.groupId, attempt },
            'the group could not be joined, trying again',
          );
          await this.#wake.wait(backoffMs(attempt, 2_000));
        }
      }
    } finally {
      this.#joining = false;
    }
  }

  #onJoin(assignments: GroupAssignment[]): void {
    if (this.#stopping) return;
    this.#rebalancing = false;
    const epoch = ++this.#epoch;
    this.#queue.length = 0;
    this.#loops = new Set();
    this.#partitions = new Map(
      assignments
        .flatMap(({ topic, partitions }) => partitions.map((partition) => new AssignedPartition(topic, partition)))
        .map((place) => [place.id, place]),
    );
    const memberAssignment = Object.fromEntries(assignments.map(({ topic, partitions }) => [topic, [...partitions]]));
    this.#emitter.emit('GROUP_JOIN', { payload: { memberAssignment } });
    void this.#untilDone(epoch, 'the committed offsets could not be read', () => this.#findPositions(epoch)).then(() =>
      this.#startLoops(epoch),
    );
  }

  /** Where the group has committed, else where the subscription begins. */
  async #findPositions(epoch: number): Promise<void> {
    const consumer = this.#connected();
    const topics = new Map<string, number[]>();
    for (const place of this.#partitions.values())
      if (place.position === undefined) topics.set(place.topic, [...(topics.get(place.topic) ?? []), place.partition]);
    if (topics.size === 0) return;
    const committed = await translated(
      consumer.listCommittedOffsets({ topics: [...topics].map(([topic, partitions]) => ({ topic, partitions })) }),
    );
    for (const [topic, partitions] of topics) {
      for (const partition of partitions) {
        const place = this.#partitions.get(`${topic}/${partition}`);
        const offset = committed.get(topic)?.[partition] ?? -1n;
        const start = offset >= 0n ? Number(offset) : await this.#startOf(topic, partition);
        if (epoch === this.#epoch && place?.position === undefined && place) place.position = start;
      }
    }
  }

  async #startOf(topic: string, partition: number): Promise<number> {
    const timestamp = this.#fromBeginning.get(topic) ? earliest : latest;
    const offsets = await translated(
      this.#connected().listOffsets({ topics: [topic], partitions: { [topic]: [partition] }, timestamp }),
    );
    return Number(offsets.get(topic)?.[partition] ?? 0n);
  }

  /** One loop for each broker that leads partitions of ours. */
  async #startLoops(epoch: number): Promise<void> {
    await this.#untilDone(epoch, 'the leaders could not be asked for', async () => {
      for (const [node, { broker }] of await this.#leaders(true)) {
        if (this.#loops.has(node) || epoch !== this.#epoch) continue;
        this.#loops.add(node);
        void this.#fetchLoop(node, broker, epoch);
      }
    });
  }

  async #leaders(forceUpdate = false): Promise<Map<number, { broker: Broker; places: AssignedPartition[] }>> {
    const topics = [...new Set([...this.#partitions.values()].map(({ topic }) => topic))];
    const leaders = new Map<number, { broker: Broker; places: AssignedPartition[] }>();
    if (topics.length === 0) return leaders;
    const metadata = await translated(this.#connected().metadata({ topics, forceUpdate }));
    for (const place of this.#partitions.values()) {
      const node = metadata.topics.get(place.topic)?.partitions[place.partition]?.leader;
      const broker = node === undefined ? undefined : metadata.brokers.get(node);
      if (node === undefined || !broker) throw new BrokerError('LEADER_NOT_AVAILABLE');
      const led = leaders.get(node) ?? { broker, places: [] };
      led.places.push(place);
      leaders.set(node, led);
    }
    return leaders;
  }

  async #fetchLoop(node: number, broker: Broker, epoch: number): Promise<void> {
    for (let failures = 0; this.#goesOn(epoch); ) {
      try {
        const led = (await this.#leaders()).get(node);
        if (!led) break;
        const now = Date.now();
        const wanted = led.places.filter(
          (place) =>
            !place.busy && place.position !== undefined && place.notBefore <= now && !this.#paused.has(place.id),
        );
        if (wanted.length === 0 || this.#rebalancing) {
          await this.#wake.wait(this.#group.maxWaitTimeInMs);
          continue;
        }
        const asked = wanted.map((place) => ({
          topic: place.topic,
          partition: place.partition,
          offset: place.position!,
        }));
        const response = await this.#fetches!.fetch(broker, asked);
        if (!this.#goesOn(epoch)) break;
        await this.#accept(
          response,
          new Map(asked.map(({ topic, partition, offset }) => [`${topic}/${partition}`, offset])),
          epoch,
        );
        failures = 0;
      } catch (error) {
        if (!this.#goesOn(epoch)) break;
        log.warn({ err: error, node, groupId: this.#group.groupId }, 'fetching failed, trying again');
        await this.#wake.wait(backoffMs(failures++, 2_000));
        void this.#startLoops(epoch);
      }
    }
    if (epoch === this.#epoch) this.#loops.delete(node);
  }

  async #accept({ responses }: FetchResponse, asked: ReadonlyMap<string, number>, epoch: number): Promise<void> {
    this.#emitter.emit('FETCH', {});
    for (const { topicName, partitions } of responses) {
      for (const data of partitions) {
        const place = this.#partitions.get(`${topicName}/${data.partition}`);
        // Sought elsewhere, or paused, meanwhile.
        if (!place || place.busy || place.position !== asked.get(place.id) || this.#paused.has(place.id)) continue;
        if (data.errorCode === offsetOutOfRange) place.position = await this.#startOf(place.topic, place.partition);
        else if (data.errorCode !== 0)
          throw new Error(`Kafka answered the fetch of ${place.id} with error ${data.errorCode}`);
        else if (data.messages.length > 0) {
          place.busy = true;
          this.#queue.push(() => this.#handle(place, data, epoch));
        }
      }
    }
    this.#startQueued();
  }

  #startQueued(): void {
    while (this.#running < (this.#run?.partitionsConsumedConcurrently ?? 1) && !this.#rebalancing) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#running++;
      void next().finally(() => {
        this.#running--;
        this.#startQueued();
        this.#wake.now();
      });
    }
  }

  async #handle(place: AssignedPartition, data: PartitionData, epoch: number): Promise<void> {
    const last = data.messages.at(-1)!.offset;
    const messages = withoutAborted(data.messages, data.abortedTransactions).filter(
      ({ offset }) => Number(offset) >= place.position!,
    );
    try {
      if (messages.length === 0) place.position = Number(last) + 1;
      else {
        await this.#run!.eachBatch(this.#payload(place, { messages, last, highWatermark: data.highWatermark }, epoch));
        if (this.#run!.eachBatchAutoResolve !== false) place.position = Number(last) + 1;
      }
      this.#emitter.emit('END_BATCH_PROCESS', {
        payload: { topic: place.topic, partition: place.partition, lastOffset: last },
      });
    } catch (error) {
      if (this.#goesOn(epoch) && !this.#rebalancing) {
        log.warn(
          { err: error, topic: place.topic, partition: place.partition, groupId: this.#group.groupId },
          'a batch failed, it is fetched again',
        );
        place.notBefore = Date.now() + 1_000;
      }
    } finally {
      place.busy = false;
    }
  }

  #payload(
    place: AssignedPartition,
    { messages, last, highWatermark }: { messages: PartitionData['messages']; last: string; highWatermark: string },
    epoch: number,
  ): EachBatchPayload {
    const { topic, partition } = place;
    return {
      batch: { topic, partition, highWatermark, messages, lastOffset: () => last },
      heartbeat: () => (this.#failure(epoch) ? Promise.reject(this.#failure(epoch)!) : Promise.resolve()),
      isRunning: () => this.#goesOn(epoch),
      isStale: () => epoch !== this.#epoch,
      resolveOffset: (offset) => {
        place.position = Number(offset) + 1;
      },
      commitOffsetsIfNecessary: (offsets) => this.#commit(offsets, epoch),
    };
  }

  #failure(epoch: number): BrokerError | undefined {
    if (epoch !== this.#epoch) return new BrokerError('ILLEGAL_GENERATION');
    return this.#rebalancing ? new BrokerError('REBALANCE_IN_PROGRESS') : undefined;
  }

  async #commit({ topics }: Offsets, epoch: number): Promise<void> {
    const failure = this.#failure(epoch);
    if (failure) throw failure;
    const offsets = topics.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset: BigInt(offset), leaderEpoch: -1 })),
    );
    await translated(this.#connected().commit({ offsets }));
  }

  #goesOn(epoch: number): boolean {
    return epoch === this.#epoch && !this.#stopping;
  }

  async #untilDone(epoch: number, failure: string, action: () => Promise<void>): Promise<void> {
    for (let attempt = 0; this.#goesOn(epoch); attempt++) {
      try {
        return await action();
      } catch (error) {
        log.warn({ err: error, groupId: this.#group.groupId, attempt }, `${failure}, trying again`);
        await this.#wake.wait(backoffMs(attempt, 2_000));
      }
    }
  }
}
