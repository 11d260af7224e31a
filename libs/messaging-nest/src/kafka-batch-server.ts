// Kafka as a Nest transport: one consumer for each consumer group of the service, with the handlers that `consume()`
// declared. Guarantees: Nest starts without waiting for Kafka; a group declared `after: 'state'` starts when the state
// group has caught up; `ready()` is true when every group is joined and none has failed for long; a consumer that can't
// go on is reported once through `onDead`. It does not restart a dead consumer: the process should end.
import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { defaultCell, inCell } from '@carillon/domain';
import { isObservable, lastValueFrom } from 'rxjs';
import {
  BatchConsumer,
  consumerGroupOf,
  consumerGroups,
  MessagingError,
  untilCaughtUp,
  type ConsumerGroup,
  type Handles,
  type KafkaConfig,
  type Publisher,
  type Subscription,
} from '@carillon/messaging';
import { KAFKA_BATCH, type ConsumeExtras, type HandlerClaim } from './consume.ts';

export interface KafkaBatchServerOptions {
  /** Gives the groups their names: `carillon.<service>`, and with `.state` and `.deferred` behind it. */
  service: string;
  /** Its topics and groups have names of their own, where it is not the default cell. */
  cell?: string;
  /** For dead letters. */
  publisher: Pick<Publisher, 'publishRecords'>;
  /** A consumer can't go on: end the process, so that another takes over. */
  onDead: (error: Error) => void;
  maxRecords?: number;
  concurrency?: number;
}

interface Group {
  consumer: BatchConsumer;
  after: boolean;
  caughtUp: Promise<void>;
  setCaughtUp: () => void;
}

export class KafkaBatchServer extends Server implements CustomTransportStrategy {
  override transportId = KAFKA_BATCH;
  override readonly propagatesEventHandlerErrors = true;
  readonly #config: KafkaConfig;
  readonly #options: KafkaBatchServerOptions;
  readonly #found: { extras: ConsumeExtras; callback: MessageHandler }[] = [];
  readonly #groups = new Map<ConsumerGroup, Group>();
  readonly #stopping = new AbortController();
  #stopped: Promise<void> | undefined;

  constructor(config: KafkaConfig, options: KafkaBatchServerOptions) {
    super();
    this.#config = config;
    this.#options = options;
  }

  /** Nest chains the handlers of one pattern; here they stay apart, since two groups may read one topic. */
  override addHandler(
    _pattern: unknown,
    callback: MessageHandler,
    _isEvent?: boolean,
    extras: Record<string, unknown> = {},
  ): void {
    this.#found.push({ extras: extras as unknown as ConsumeExtras, callback });
  }

  listen(callback: (error?: unknown) => void): void {
    this.#prepare().then(
      () => {
        callback();
        void this.#run();
      },
      (error: unknown) => callback(error),
    );
  }

  /** Resolves when the group has committed everything that its topics held when it started. */
  async caughtUp(group: ConsumerGroup = 'state'): Promise<void> {
    await this.#groups.get(group)?.caughtUp;
  }

  /** Every group is joined, those that wait for the state group included, and none has failed for long. */
  ready(): boolean {
    return this.readiness() === true;
  }

  /** True, or what is wrong in a sentence. */
  readiness(): true | string {
    if (this.#stopping.signal.aborted) return 'the consumers are stopping';
    for (const { consumer } of this.#groups.values()) {
      const readiness = consumer.readiness();
      if (readiness !== true) return readiness;
    }
    return true;
  }

  /**
   * Stops all groups at once and leaves them, so that their partitions move without delay. A handler that does not
   * return is left behind after `graceMs`.
   */
  stop(graceMs?: number): Promise<void> {
    return (this.#stopped ??= this.#stop(graceMs));
  }

  close(): Promise<void> {
    return this.stop();
  }

  on(): this {
    return this;
  }

  unwrap<T>(): T {
    return [...this.#groups.values()].map(({ consumer }) => consumer) as T;
  }

  async #prepare(): Promise<void> {
    const subscriptions: Record<ConsumerGroup, Subscription[]> = { main: [], state: [], deferred: [] };
    const after: Record<ConsumerGroup, boolean> = { main: false, state: false, deferred: false };
    const { service, cell = defaultCell, publisher, onDead, maxRecords, concurrency } = this.#options;
    for (const { extras, callback } of this.#found) {
      const name = extras.group ?? 'main';
      const topic = inCell(extras.topic, cell);
      if (subscriptions[name].some((other) => other.topic.name === topic.name)) {
        throw new MessagingError('duplicate_consumer', `two handlers consume ${topic.name} in the group ${name}`);
      }
      if (extras.after === 'state' && name !== 'state') after[name] = true;
      subscriptions[name].push({ topic, handler: await claim(callback, extras), fromBeginning: true });
    }
    for (const name of consumerGroups) {
      if (subscriptions[name].length === 0) continue;
      const group = consumerGroupOf(service, name, cell);
      const sizes = {
        ...(maxRecords === undefined ? {} : { maxRecords }),
        ...(concurrency === undefined ? {} : { concurrency }),
      };
      const consumer = new BatchConsumer(this.#config, {
        group,
        subscriptions: subscriptions[name],
        publisher,
        onDead,
        ...sizes,
      });
      let setCaughtUp = (): void => undefined;
      const caughtUp = new Promise<void>((resolve) => (setCaughtUp = resolve));
      this.#groups.set(name, { consumer, after: after[name], caughtUp, setCaughtUp });
    }
  }

  /** Failures here are as final as a crash: without its consumers the process does nothing. */
  async #run(): Promise<void> {
    try {
      const state = this.#groups.get('state');
      const groups = [...this.#groups.values()];
      const starting = groups.filter(({ after }) => !after).map(({ consumer }) => consumer.start());
      if (state) {
        await untilCaughtUp(this.#config, state.consumer, this.#stopping.signal);
        state.setCaughtUp();
        starting.push(...groups.filter(({ after }) => after).map(({ consumer }) => consumer.start()));
      }
      await Promise.all(starting);
    } catch (error) {
      if (!this.#stopping.signal.aborted) this.#options.onDead(error as Error);
    }
  }

  async #stop(graceMs?: number): Promise<void> {
    this.#stopping.abort(new Error('shutting down'));
    await Promise.all([...this.#groups.values()].map(({ consumer }) => consumer.stop(graceMs)));
  }
}

/** One call through Nest returns the instance; batches then go to it directly, without pipes, guards and proxies. */
async function claim(callback: MessageHandler, { topic }: ConsumeExtras): Promise<Handles> {
  const slot: HandlerClaim = {};
  const result: unknown = await callback(slot);
  if (isObservable(result)) await lastValueFrom(result, { defaultValue: undefined });
  if (!slot.handler)
    throw new Error(`the handler of ${topic.name} could not be reached (a global guard refuses Kafka?)`);
  return slot.handler;
}
