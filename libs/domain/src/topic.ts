// What a topic is: a message declared once, as a value that producers and consumers both pass around.
// Promises: the name, the key, the shape and the broker's settings of a message are never written twice.
import type { z } from 'zod';

/** Days a record is kept, or `compacted`: the newest record of each key is kept for good. */
export type Retention = `${number}d` | 'compacted';

export interface Topic<
  Name extends string = string,
  Schema extends z.ZodType = z.ZodType,
  Kept extends Retention = Retention,
> {
  readonly name: Name;
  /** The CloudEvents type of its records, where it carries another topic's events on. Default: the name. */
  readonly eventType?: string;
  /** The record key: what must stay in order shares one. Null spreads records; `eventId` is the CloudEvents id. */
  readonly key: (data: z.output<Schema>, eventId: string) => string | null;
  readonly schema: Schema;
  readonly partitions: number;
  readonly retention: Kept;
  /** Whether unreadable records go to the topic's dead-letter topic (`deadLetterNameOf`). */
  readonly deadLetter: boolean;
  /** One sentence for the derived documents. */
  readonly summary: string;
}

/** The payload a producer hands over. */
export type PayloadOf<T extends Topic> = z.output<T['schema']>;

/** What a consumer gets: on compacted topics null is a tombstone. */
export type DataOf<T extends Topic> = T['retention'] extends 'compacted' ? PayloadOf<T> | null : PayloadOf<T>;

export function defineTopic<Name extends string, Schema extends z.ZodType, Kept extends Retention>(
  topic: Topic<Name, Schema, Kept>,
): Topic<Name, Schema, Kept> {
  return Object.freeze(topic);
}

export const deadLetterRetention = '14d';

/**
 * How long a compacted topic keeps a tombstone. A replica that stops reading for longer does not hear of what was
 * deleted meanwhile, and compares itself with the whole topic before it goes on.
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
