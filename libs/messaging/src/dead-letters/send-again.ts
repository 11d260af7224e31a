// Sends dead letters to their source topic. Guarantees: the whole original is sent, which is the letter's copy, or the
// record at the source offset where the copy is truncated; the order is kept; a letter that can't be sent is returned
// with the reason, and the others are sent. A record that is too large uncompressed is sent with gzip, as its producer
// must have sent it.
import type { Kafka, Producer } from '../kafka/client.ts';
import { MessagingError } from '../errors.ts';
import type { Publisher } from '../publishing/publisher.ts';
import { largestRecordBytes } from '../publishing/record-limits.ts';
import { bytesOf } from '../publishing/send-plan.ts';
import { retryOf, retryOfOriginal } from './dead-letter.ts';
import type { Original } from './original.ts';
import type { DeadLetter } from './read-letter.ts';
import type { WireRecord } from '../records/record.ts';

export type RetryResult = { letter: DeadLetter; sent: true } | { letter: DeadLetter; sent: false; reason: string };

export class SendAgain {
  readonly #kafka: Kafka;
  readonly #publisher: Publisher;
  readonly #originalOf: (letter: DeadLetter) => Promise<Original>;
  #compressing: Promise<Producer> | undefined;

  constructor(kafka: Kafka, publisher: Publisher, originalOf: (letter: DeadLetter) => Promise<Original>) {
    this.#kafka = kafka;
    this.#publisher = publisher;
    this.#originalOf = originalOf;
  }

  async send(letters: readonly DeadLetter[]): Promise<RetryResult[]> {
    const results: RetryResult[] = [];
    let ready: { letter: DeadLetter; record: WireRecord }[] = [];
    const flush = async (): Promise<void> => {
      await this.#publisher.publishRecords(ready.map(({ record }) => record));
      results.push(...ready.map(({ letter }) => ({ letter, sent: true as const })));
      ready = [];
    };
    for (const letter of letters) {
      const record = await this.#recordOf(letter);
      if ('gone' in record) results.push({ letter, sent: false, reason: record.gone });
      else if (bytesOf(record) <= largestRecordBytes) ready.push({ letter, record });
      else {
        await flush();
        results.push(await this.#sendCompressed(letter, record));
      }
    }
    await flush();
    return results;
  }

  async close(): Promise<void> {
    const producer = await this.#compressing?.catch(() => undefined);
    await producer?.disconnect();
  }

  async #recordOf(letter: DeadLetter): Promise<WireRecord | { gone: string }> {
    if (letter.missing.length === 0) return retryOf(letter, letter.from.topic);
    const original = await this.#originalOf(letter);
    return 'gone' in original
      ? { gone: `the letter is truncated, and ${original.gone}` }
      : retryOfOriginal(letter, original.record, letter.from.topic);
  }

  async #sendCompressed(letter: DeadLetter, { topic, key, value, headers }: WireRecord): Promise<RetryResult> {
    const producer = await (this.#compressing ??= this.#connect());
    try {
      await producer.sendCompressed(topic, [{ key, value, headers, partition: letter.from.partition }]);
      return { letter, sent: true };
    } catch (error) {
      if ((error as { retriable?: boolean }).retriable)
        throw new MessagingError('broker_unavailable', `Kafka did not take the record for ${topic}`, 'later', error);
      return {
        letter,
        sent: false,
        reason: `Kafka refused the record for ${topic}, compressed too: ${(error as Error).message}`,
      };
    }
  }

  async #connect(): Promise<Producer> {
    const producer = this.#kafka.producer();
    await producer.connect();
    return producer;
  }
}
