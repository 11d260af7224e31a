// The operations on dead letters: count them, list them, load one in full, send them to their source topic again.
// Guarantees: a retry sends the original key, value and headers; a retry is recorded in the dead-letter topic itself,
// by a small record that names the letter, so every operator sees it; no letter is deleted; memory holds only summaries
// and the requested letters, however large the topics are.
import { deadLetterNameOf, sourceNameOf, type Topic } from '@carillon/domain';
import type { Admin, Kafka } from '../kafka/client.ts';
import { MessagingError } from '../errors.ts';
import type { Position } from '../records/record.ts';
import type { KafkaConfig } from '../kafka/config.ts';
import { briefRetry, connectKafka } from '../kafka/connect.ts';
import { Publisher } from '../publishing/publisher.ts';
import { letterHeader } from './letter-headers.ts';
import { originalOf, type Original } from './original.ts';
import { readLetter, readSummary, retriedMarker, type DeadLetter, type DeadLetterSummary } from './read-letter.ts';
import { readRanges, wholeTopics } from './read-ranges.ts';
import { SendAgain, type RetryResult } from './send-again.ts';

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

export class DeadLetters {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #publisher: Publisher;
  readonly #again: SendAgain;
  readonly #topics: readonly string[];
  readonly #brokers: string;

  constructor(config: KafkaConfig, topics: readonly Topic[]) {
    this.#brokers = config.brokers.join(', ');
    this.#kafka = connectKafka(config, briefRetry);
    this.#admin = this.#kafka.admin();
    this.#publisher = new Publisher(config, { unknownTopicMs: 3_000 });
    this.#again = new SendAgain(this.#kafka, this.#publisher, (letter) => this.originalOf(letter));
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
    await Promise.all([this.#publisher.close(), this.#again.close(), this.#admin.disconnect()]);
  }

  /** By topic; topics without dead letters are left out. */
  async counts(): Promise<DeadLetterCount[]> {
    const counts = new Map<string, DeadLetterCount>();
    for (const { topic, reason, retriedAt, at } of await this.list({ retried: true })) {
      const source = sourceNameOf(topic);
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

  /** Oldest first, without their bytes: see `load`. */
  async list(filter: DeadLetterFilter = {}): Promise<DeadLetterSummary[]> {
    const { topic: wanted, reason, retried } = filter;
    const letters = await this.#read(
      (await this.#existing()).filter((topic) => wanted === undefined || sourceNameOf(wanted) === topic),
    );
    return letters.filter(
      (letter) => (retried || letter.retriedAt === undefined) && (reason === undefined || letter.reason === reason),
    );
  }

  /** These letters in full, in the order given. */
  async load(summaries: readonly DeadLetterSummary[]): Promise<DeadLetter[]> {
    const wanted = new Map(summaries.map((summary) => [idOf(summary), summary]));
    const loaded = new Map<string, DeadLetter>();
    await readRanges(this.#kafka, this.#admin, rangesOf(summaries), (record) => {
      const id = idOf({ ...record, offset: record.message.offset });
      const summary = wanted.get(id);
      // `retriedAt` comes from a marker, which may be outside this range.
      if (summary) loaded.set(id, { ...readLetter(record), ...summary });
    });
    return summaries.map((summary) => loaded.get(idOf(summary))).filter((letter) => letter !== undefined);
  }

  /** The letter at this position; `topic` is the dead-letter topic or its source. */
  async show(topic: string, partition: number, offset: string): Promise<DeadLetter> {
    const source = sourceNameOf(topic);
    const summaries = await this.#read((await this.#existing()).filter((existing) => existing === source));
    const [found] = await this.load(
      summaries.filter((letter) => letter.partition === partition && letter.offset === offset),
    );
    if (!found)
      throw new MessagingError(
        'dead_letter_missing',
        `there is no dead letter ${deadLetterNameOf(source)}/${partition}/${offset}`,
      );
    return found;
  }

  /** The record that the letter was made of, as long as its topic holds it. */
  originalOf(letter: DeadLetterSummary): Promise<Original> {
    return originalOf(this.#kafka, this.#admin, letter);
  }

  /** Sends letters again, in their order. Repeating it is safe: consumers recognise an event by its id. */
  async retry(letters: readonly DeadLetter[]): Promise<RetryResult[]> {
    const results = await this.#again.send(letters);
    const at = new Date().toISOString();
    await this.#publisher.publishRecords(
      results
        .filter(({ sent }) => sent)
        .map(({ letter: { topic, partition, offset } }) => ({
          topic,
          partition,
          key: null,
          value: null,
          headers: { [letterHeader.retried]: offset, [letterHeader.at]: at },
        })),
    );
    return results;
  }

  async #existing(): Promise<string[]> {
    const present = new Set(await this.#admin.listTopics());
    return this.#topics.filter((topic) => present.has(deadLetterNameOf(topic)));
  }

  async #read(sources: string[]): Promise<DeadLetterSummary[]> {
    const letters = new Map<string, DeadLetterSummary>();
    const ranges = await wholeTopics(this.#admin, sources.map(deadLetterNameOf));
    const markers: { id: string; at: string }[] = [];
    const writtenAt = new Map<DeadLetterSummary, number>();
    await readRanges(this.#kafka, this.#admin, ranges, (record) => {
      const { topic, partition, message } = record;
      const marker = retriedMarker(record);
      if (marker) return void markers.push({ id: idOf({ topic, partition, offset: marker.offset }), at: marker.at });
      const letter = readSummary(record);
      letters.set(idOf(letter), letter);
      writtenAt.set(letter, Number(message.timestamp));
    });
    for (const { id, at } of markers) {
      const letter = letters.get(id);
      if (letter) letter.retriedAt = at;
    }
    return [...letters.values()].sort(
      (a, b) =>
        writtenAt.get(a)! - writtenAt.get(b)! || a.topic.localeCompare(b.topic) || Number(a.offset) - Number(b.offset),
    );
  }
}

const idOf = ({ topic, partition, offset }: Position): string => `${topic}/${partition}/${offset}`;

/** The shortest range of each partition that holds its letters. */
function rangesOf(letters: readonly Position[]): { topic: string; partition: number; from: bigint; to: bigint }[] {
  const ranges = new Map<string, { topic: string; partition: number; from: bigint; to: bigint }>();
  for (const { topic, partition, offset } of letters) {
    const at = BigInt(offset);
    const range = ranges.get(`${topic}/${partition}`);
    if (!range) ranges.set(`${topic}/${partition}`, { topic, partition, from: at, to: at + 1n });
    else if (at < range.from) range.from = at;
    else if (at >= range.to) range.to = at + 1n;
  }
  return [...ranges.values()];
}
