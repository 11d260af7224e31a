// The declaration of a Kafka topic: one value that producers and consumers share. Guarantee: a topic's name, key,
// schema, broker settings and documentation are written in one place. It does no I/O: libs/messaging creates topics,
// encodes records and derives the documents from this declaration.
import type { z } from 'zod';

/** Days a record is kept, or `compacted`: the newest record of each key is kept for good. */
export type Retention = `${number}d` | 'compacted';

/**
 * Who is on the other end of a topic: a product writes it (`from_product`), a product reads it (`to_product`), or
 * Carillon's own services do both (`internal`). Internal topics may change without notice to products.
 */
export type Direction = 'from_product' | 'to_product' | 'internal';

/** Records that must stay in order share a key; the partition is chosen from it. */
export interface TopicKey<Data> {
  /**
   * The key in words, for the derived documents: `` `field` ``, `` `a:b` `` for fields joined by a colon, `` `ce_id` ``
   * for the CloudEvents id, `"text"` for a constant, `none`; alternatives are separated by `, else `. A spec evaluates
   * the words on a sample of each topic and compares the result with `of`.
   */
  readonly describe: string;
  /** Null: the record has no key, and records are spread over the partitions. `eventId` is the CloudEvents id. */
  readonly of: (data: Data, eventId: string) => string | null;
}

export interface Topic<
  Name extends string = string,
  Schema extends z.ZodType = z.ZodType,
  Kept extends Retention = Retention,
  Read extends z.ZodType = Schema,
> {
  readonly name: Name;
  readonly direction: Direction;
  readonly key: TopicKey<z.output<Schema>>;
  /** What producers write. */
  readonly schema: Schema;
  /**
   * How consumers read a record that does not match `schema`, because a neighbouring release wrote it. Topics that
   * Carillon itself writes have it where a newer release could add a value; what products write is read strictly.
   */
  readonly readAs?: Read;
  readonly partitions: number;
  readonly retention: Kept;
  /** Whether rejected records go to the topic's dead-letter topic (`deadLetterNameOf`). */
  readonly deadLetter: boolean;
  /** Each cell has its own (`inCell`). */
  readonly perCell?: true;
  /** One sentence for the derived documents. */
  readonly summary: string;
}

/** The payload that a producer passes. */
export type PayloadOf<T extends Topic> = z.output<T['schema']>;

/** The payload that a consumer receives; on compacted topics null is a tombstone. */
export type DataOf<T extends Topic> =
  | z.output<NonNullable<T['readAs']>>
  | (T['retention'] extends 'compacted' ? null : never);

export function defineTopic<
  Name extends string,
  Schema extends z.ZodType,
  Kept extends Retention,
  Read extends z.ZodType = Schema,
>(topic: Topic<Name, Schema, Kept, Read>): Topic<Name, Schema, Kept, Read> {
  return Object.freeze(topic);
}

export const deadLetterRetention = '14d';

/**
 * How long a compacted topic keeps a tombstone. A replica that was stopped for longer misses deletions, so it compares
 * itself with the whole topic before it continues.
 */
export const tombstoneRetention = '14d';

const deadLetterSuffix = '.dlq';

/** The name of the dead-letter topic of a topic, given as its declaration or by its name. */
export const deadLetterNameOf = (topic: Pick<Topic, 'name'> | string): string =>
  `${typeof topic === 'string' ? topic : topic.name}${deadLetterSuffix}`;

export const isDeadLetterName = (name: string): boolean => name.endsWith(deadLetterSuffix);

/** The name of the topic whose dead letters `name` holds; a name of another kind is returned as it is. */
export const sourceNameOf = (name: string): string =>
  isDeadLetterName(name) ? name.slice(0, -deadLetterSuffix.length) : name;
