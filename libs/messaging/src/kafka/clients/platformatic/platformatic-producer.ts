// A producer that waits for all in-sync replicas. It is not idempotent: consumers recognise repeated events by their
// ids, and the publisher keeps the order by having one request in flight.
import type { BaseOptions, Producer as LibraryProducer } from '@platformatic/kafka';
import type { Message, Producer } from '../../client.ts';
import { translated } from './broker-error.ts';
import { loadLibrary } from './library.ts';

type Binary = LibraryProducer<Buffer, Buffer, Buffer, Buffer>;
type BinaryMessage = Parameters<Binary['send']>[0]['messages'][number];

const allReplicas = -1;

export class PlatformaticProducer implements Producer {
  readonly #options: BaseOptions;
  #producer: Binary | undefined;

  constructor(options: BaseOptions) {
    this.#options = options;
  }

  async connect(): Promise<void> {
    const { Producer } = await loadLibrary();
    this.#producer ??= new Producer<Buffer, Buffer, Buffer, Buffer>({ ...this.#options, idempotent: false });
    await translated(this.#producer.metadata({ topics: [] }));
  }

  async disconnect(): Promise<void> {
    await this.#producer?.close();
    this.#producer = undefined;
  }

  sendBatch({
    topicMessages,
  }: {
    acks: -1;
    topicMessages: { topic: string; messages: Message[] }[];
  }): Promise<unknown> {
    const messages: BinaryMessage[] = [];
    for (const { topic, messages: ofTopic } of topicMessages)
      for (const message of ofTopic) messages.push(binary(topic, message));
    return this.#send(messages);
  }

  async sendCompressed(topic: string, messages: Message[]): Promise<void> {
    await this.#send(
      messages.map((message) => binary(topic, message)),
      { compression: 'gzip' },
    );
  }

  #send(messages: BinaryMessage[], options: { compression?: 'gzip' } = {}): Promise<unknown> {
    if (!this.#producer) return Promise.reject(new Error('the producer is not connected'));
    return translated(
      this.#producer.send({ messages, acks: allReplicas, idempotent: false, autocreateTopics: false, ...options }),
    );
  }
}

function binary(topic: string, { key, value, headers, partition }: Message): BinaryMessage {
  // Keys of a Map that are buffers are all different ones: a header may stand twice.
  const all = new Map<Buffer, Buffer>();
  for (const name in headers) {
    const text = headers[name]!;
    for (const one of Array.isArray(text) ? text : [text]) all.set(Buffer.from(name), bytes(one)!);
  }
  // A tombstone's value is null, which the library's types leave out.
  return { topic, partition, key: bytes(key), value: bytes(value), headers: all } as unknown as BinaryMessage;
}

const bytes = (text: Buffer | string | null): Buffer | null => (typeof text === 'string' ? Buffer.from(text) : text);
