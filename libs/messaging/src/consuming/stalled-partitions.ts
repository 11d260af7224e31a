// The partitions whose records keep failing: how often, since when, and how many records to try at once.
// Guarantees: one success ends a stall; a partition that moved away is forgotten; after some failures fewer records are
// tried at once, down to one, so that those before the failing record get through and the failing one is known by its
// offset. A single stalled partition does not make the process unready, unless it holds no other: its neighbours go on.
import { partitionStalled } from '../metrics.ts';

/** A stall that lasts longer can make the process unready. */
export const unreadyAfterMs = 30_000;

/** Failures after which fewer records are tried at once. */
const triesInFull = 5;

/** Tried at once, so many records mean that the stall is over. */
const fullChunk = 2_000;

interface Stall {
  topic: string;
  partition: number;
  since: number;
  tries: number;
  /** Records to try at once; undefined: as many as there are. */
  limit: number | undefined;
}

export class StalledPartitions {
  readonly #stalls = new Map<string, Stall>();
  readonly #group: string;
  #succeededAt = -Infinity;
  #assigned = 1;

  constructor(group = '') {
    this.#group = group;
  }

  get any(): boolean {
    return [...this.#stalls.values()].some(({ tries }) => tries > 0);
  }

  tries(topic: string, partition: number): number {
    return this.#stalls.get(idOf(topic, partition))?.tries ?? 0;
  }

  /** How many of `records` records to try at once. */
  limit(topic: string, partition: number, records: number): number {
    return Math.min(records, this.#stalls.get(idOf(topic, partition))?.limit ?? records);
  }

  /** `records` is how many were tried at once. */
  failed(topic: string, partition: number, records = 1, now = Date.now()): void {
    const id = idOf(topic, partition);
    let stall = this.#stalls.get(id);
    if (!stall) this.#stalls.set(id, (stall = { topic, partition, since: now, tries: 0, limit: undefined }));
    if (stall.tries === 0) stall.since = now;
    stall.tries++;
    if (stall.tries >= triesInFull || stall.limit !== undefined) stall.limit = Math.max(1, records >> 1);
    partitionStalled.set(this.#labels(stall), Math.max(1, Math.round((now - stall.since) / 1000)));
  }

  /** The next try takes twice as many records as succeeded; at `enough` records the stall is over. */
  succeeded(topic: string, partition: number, records = Infinity, enough = fullChunk, now = Date.now()): void {
    this.#succeededAt = now;
    if (this.#stalls.size === 0) return;
    const id = idOf(topic, partition);
    const stall = this.#stalls.get(id);
    if (!stall) return;
    partitionStalled.remove(this.#labels(stall));
    const limit = stall.limit === undefined ? Infinity : Math.max(stall.limit, records) * 2;
    if (limit >= enough) this.#stalls.delete(id);
    else Object.assign(stall, { tries: 0, limit });
  }

  keep(assignment: Record<string, number[]>): void {
    this.#assigned = Object.values(assignment).flat().length;
    for (const [id, stall] of this.#stalls) {
      if (assignment[stall.topic]?.includes(stall.partition)) continue;
      this.#stalls.delete(id);
      partitionStalled.remove(this.#labels(stall));
    }
  }

  /**
   * Why the process is not ready: the longest stall, where nothing has succeeded since it began and it is not the only
   * stall among several partitions. Undefined: the process is ready.
   */
  problem(now = Date.now()): string | undefined {
    const stalls = [...this.#stalls.values()].filter(({ tries }) => tries > 0).sort((a, b) => a.since - b.since);
    const [worst] = stalls;
    if (
      !worst ||
      now - worst.since < unreadyAfterMs ||
      this.#succeededAt > worst.since ||
      stalls.length < Math.min(2, this.#assigned)
    )
      return undefined;
    return `handling ${worst.topic}, partition ${worst.partition}, has failed for ${Math.floor((now - worst.since) / 1000)} s (tried ${worst.tries} times)`;
  }

  #labels = ({ topic, partition }: Stall) => ({
    'messaging.destination.name': topic,
    'messaging.consumer.group.name': this.#group,
    'messaging.destination.partition.id': String(partition),
  });
}

const idOf = (topic: string, partition: number): string => `${topic}/${partition}`;
