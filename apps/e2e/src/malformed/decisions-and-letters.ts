// Reads what became of requests, with a client that is not ours: the ids that were decided, in the order of each
// recipient, and the dead letters. Of a letter it keeps the place, the reason and a digest, so that 100,000 fit.
import { createHash, randomUUID } from 'node:crypto';
import { deadLetterNameOf } from '@carillon/domain';
import type { Consumer, IHeaders, Kafka, KafkaMessage } from 'kafkajs';
import { topicName } from './mixed-records.ts';

export interface Letter {
  reason: string;
  detail: string;
  digest: string;
}

export class DecisionsAndLetters {
  private readonly consumer: Consumer;
  /** By `partition/offset` of the record. At least one of each. */
  readonly letters = new Map<string, Letter[]>();
  /** The ids of each recipient's requests, in the order of the decisions; a repetition is left out. */
  readonly decided = new Map<string, string[]>();
  private readonly decidedIds = new Set<string>();
  /** When something came first and last, on the clock of `performance`. */
  firstAt = 0;
  lastAt = 0;

  constructor(kafka: Kafka) {
    this.consumer = kafka.consumer({ groupId: `e2e-${randomUUID()}`, maxWaitTimeInMs: 100 });
  }

  async start(): Promise<void> {
    const deadLetters = deadLetterNameOf(topicName);
    await this.consumer.connect();
    await this.consumer.subscribe({
      topics: [deadLetters, 'carillon.notification.resolved.v1'],
      fromBeginning: true,
    });
    await this.consumer.run({
      partitionsConsumedConcurrently: 4,
      eachBatch: ({ batch: { topic, messages } }) => {
        for (const message of messages)
          if (topic === deadLetters) this.addLetter(message);
          else this.addDecisions(message);
        if (this.firstAt === 0) this.firstAt = performance.now();
        this.lastAt = performance.now();
        return Promise.resolve();
      },
    });
  }

  stop(): Promise<void> {
    return this.consumer.disconnect();
  }

  get decidedCount(): number {
    return this.decidedIds.size;
  }

  private addLetter({ key, value, headers = {} }: KafkaMessage): void {
    const text = (name: string): string => String(headers[`dlq_${name}`]);
    if (headers['dlq_retried'] !== undefined) return;
    const place = `${text('partition')}/${text('offset')}`;
    const letter = {
      reason: text('reason'),
      detail: text('detail'),
      digest: digestOf(key, value, originalHeaders(headers)),
    };
    this.letters.set(place, [...(this.letters.get(place) ?? []), letter]);
  }

  private addDecisions({ value }: KafkaMessage): void {
    const { notification, decisions } = JSON.parse(String(value)) as {
      notification: { id: string };
      decisions: { recipient: string }[];
    };
    for (const { recipient } of decisions) {
      const id = `${recipient} ${notification.id}`;
      if (this.decidedIds.has(id)) continue;
      this.decidedIds.add(id);
      this.decided.set(recipient, [...(this.decided.get(recipient) ?? []), notification.id]);
    }
  }
}

/** As docs/topics.md says: ours begin with `dlq_`, and a producer's with such a name with `original_`. */
const originalHeaders = (headers: IHeaders): [string, Buffer][] =>
  Object.entries(headers)
    .filter(([name]) => !/^dlq_/i.test(name))
    .flatMap(([name, value]) =>
      [value]
        .flat()
        .map((one): [string, Buffer] => [
          /^(?:original_)+dlq_/i.test(name) ? name.slice('original_'.length) : name,
          Buffer.from(one ?? ''),
        ]),
    );

/** The order of headers with different names is not part of it. */
export function digestOf(key: Buffer | null, value: Buffer | null, headers: readonly [string, Buffer][]): string {
  const hash = createHash('sha256');
  const add = (bytes: Buffer | null): void => {
    hash.update(`${bytes === null ? 'null' : bytes.length}:`);
    if (bytes !== null) hash.update(bytes);
  };
  add(key);
  add(value);
  for (const [name, given] of [...headers].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    add(Buffer.from(name));
    add(given);
  }
  return hash.digest('base64');
}
