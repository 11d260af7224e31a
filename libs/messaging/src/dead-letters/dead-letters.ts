// The dead letters as an operator sees them: how many, why, one in full, and sent again to where they came from.
// Promises: a retry sends the original key, value and headers; what was retried is remembered in the dead-letter topic
// itself (a small record that names the letter), so every operator sees the same; nothing is ever deleted.
import type { Topic } from '@carillon/domain';
import type { Admin, Kafka } from 'kafkajs';
import { MessagingError } from '../errors.ts';
import { textOf } from '../events/decode.ts';
import type { HeaderValue, Position, RawIncoming } from '../events/record.ts';
import type { KafkaConfig } from '../kafka/config.ts';
import { briefRetry, connectKafka } from '../kafka/connect.ts';
import { Publisher } from '../publishing/publisher.ts';
import { retryOf } from './dead-letter.ts';
import { deadLetterTopicOf, letterHeader } from './letter-headers.ts';
import { readTopics } from './read-topics.ts';

export interface DeadLetter extends Position, RawIncoming {
  reason: string;
  detail: string;
  /** Where it came from. */
  from: Position;
  at: string;
  /** When it was sent again, if it was. */
  retriedAt?: string;
  /** The dead letter whose retry this is: it has failed before. */
  retryOf?: string;
}

export interface DeadLetterCount {
  /** The topic the letters come from. */
  topic: string;
  waiting: number;
  retried: number;
  reasons: Record<string, number>;
  newestAt?: string;
}

export interface DeadLetterFilter {
  /** The topic the letters come from. Default: all. */
  topic?: string;
  reason?: string;
  /** Retried ones too. Default: only those that wait. */
  retried?: boolean;
}

const retriedHeader = 'dlq_retried';

export class DeadLetters {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #publisher: Publisher;
  readonly #topics: readonly string[];
  readonly #brokers: string;

  constructor(config: KafkaConfig, topics: readonly Topic[]) {
    this.#brokers = config.brokers.join(', ');
    this.#kafka = connectKafka(config, briefRetry);
    this.#admin = this.#kafka.admin();
    this.#publisher = new Publisher(config, { unknownTopicMs: 3_000 });
    this.#topics = topics.filter(({ deadLetter }) => deadLetter).map(({ name }) => name);
  }

  async connect(): Promise<void> {
    try {
      await this.#admin.connect();
    } catch (error) {
      throw new MessagingError('broker_unavailable', `Kafka at ${this.#brokers} does not answer`, 'later', error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#publisher.close(), this.#admin.disconnect()]);
  }

  /** Per topic, only topics that have any. */
  async counts(): Promise<DeadLetterCount[]> {
    const counts = new Map<string, DeadLetterCount>();
    for (const { topic, reason, retriedAt, at } of await this.#read(await this.#existing())) {
      const source = sourceOf(topic);
      let count = counts.get(source);
      if (!count) counts.set(source, (count = { topic: source, waiting: 0, retried: 0, reasons: {} }));
      if (retriedAt === undefined) {
        count.waiting++;
        count.reasons[reason] = (count.reasons[reason] ?? 0) + 1;
      } else count.retried++;
      count.newestAt = at;
    }
    return [...counts.values()];
  }

  /** Oldest first within a topic. */
  async list(filter: DeadLetterFilter = {}): Promise<DeadLetter[]> {
    const { topic: wanted, reason, retried } = filter;
    const letters = await this.#read((await this.#existing()).filter((topic) => wanted === undefined || sourceOf(wanted) === topic));
    return letters.filter((letter) => (retried || letter.retriedAt === undefined) && (reason === undefined || letter.reason === reason));
  }

  /** The letter at this place of the dead-letter topic; `topic` may name the source as well. */
  async show(topic: string, partition: number, offset: string): Promise<DeadLetter> {
    const source = sourceOf(topic);
    const letters = await this.#read((await this.#existing()).filter((existing) => existing === source));
    const found = letters.find((letter) => letter.partition === partition && letter.offset === offset);
    if (!found) throw new MessagingError('dead_letter_missing', `there is no dead letter ${deadLetterTopicOf(source)}/${partition}/${offset}`);
    return found;
  }

  /** Sends letters again, in their order. Repeating it is safe: consumers know an event by its id. */
  async retry(letters: readonly DeadLetter[]): Promise<void> {
    await this.#publisher.publishRecords(letters.map((letter) => retryOf(letter, letter.from.topic)));
    await this.#publisher.publishRecords(
      letters.map(({ topic, partition, offset, key }) => ({
        topic,
        partition,
        key,
        value: null,
        headers: { [retriedHeader]: offset, dlq_at: new Date().toISOString() },
      })),
    );
  }

  async #existing(): Promise<string[]> {
    const present = new Set(await this.#admin.listTopics());
    return this.#topics.filter((topic) => present.has(deadLetterTopicOf(topic)));
  }

  async #read(sources: string[]): Promise<DeadLetter[]> {
    const letters = new Map<string, DeadLetter>();
    for (const { topic, partition, message } of await readTopics(this.#kafka, this.#admin, sources.map(deadLetterTopicOf))) {
      const headers: Record<string, HeaderValue> = message.headers ?? {};
      const text = (name: string): string | undefined => textOf(headers[name]);
      const writtenAt = new Date(Number(message.timestamp)).toISOString();
      const retried = text(retriedHeader);
      if (retried !== undefined) {
        const letter = letters.get(`${topic}/${partition}/${retried}`);
        if (letter) letter.retriedAt = text('dlq_at') ?? writtenAt;
        continue;
      }
      const again = text(letterHeader.retriedFrom);
      letters.set(`${topic}/${partition}/${message.offset}`, {
        topic,
        partition,
        offset: message.offset,
        key: message.key,
        value: message.value,
        headers,
        reason: text('dlq_reason') ?? 'unknown',
        detail: text('dlq_detail') ?? '',
        from: { topic: text('dlq_topic') ?? sourceOf(topic), partition: Number(text('dlq_partition') ?? -1), offset: text('dlq_offset') ?? '' },
        at: text('dlq_at') ?? writtenAt,
        ...(again === undefined ? {} : { retryOf: again }),
      });
    }
    return [...letters.values()];
  }
}

const sourceOf = (topic: string): string => topic.replace(/\.dlq$/, '');
