// The metrics of the outbox: how long records have been waiting for Kafka. Ages are computed at the scrape, so they
// grow while the broker is not available. Only the process that publishes the outbox has values; in the others they are
// 0.
import {
  outboxAge,
  outboxBlockedTopics,
  outboxPublished,
  outboxRefused,
  outboxSetAside,
  outboxSetAsideAge,
} from '../metrics.ts';

export interface OutboxMetrics {
  /**
   * The age of the oldest waiting record of a topic that is read separately, or of all others (''); undefined where
   * none waits.
   */
  oldest(topic: string, ageSeconds: number | undefined): void;
  published(records: number): void;
  setAside(topic: string): void;
  /** All records that are set aside; undefined: another process publishes the outbox. */
  setAsideInAll(count: { rows: number; oldestAgeSeconds: number } | undefined): void;
  /** The topics whose records Kafka does not accept now. */
  blocked(topics: number): void;
  /** This process does not publish the outbox any more. */
  clear(): void;
}

interface Seen {
  ageSeconds: number;
  at: number;
}

const seen = new Map<string, Seen>();
let aside: (Seen & { rows: number }) | undefined;
let blockedTopics = 0;

const ageNow = ({ ageSeconds, at }: Seen): number => ageSeconds + (performance.now() - at) / 1000;

export function outboxMetrics(): OutboxMetrics {
  outboxAge.onRead((metric) => metric.set(Math.max(0, ...[...seen.values()].map(ageNow))));
  outboxSetAside.onRead((metric) => metric.set(aside?.rows ?? 0));
  outboxSetAsideAge.onRead((metric) => metric.set(aside?.rows ? ageNow(aside) : 0));
  outboxBlockedTopics.onRead((metric) => metric.set(blockedTopics));
  return {
    oldest: (topic, ageSeconds) => {
      if (ageSeconds === undefined) seen.delete(topic);
      else seen.set(topic, { ageSeconds, at: performance.now() });
    },
    published: (records) => outboxPublished.inc(records),
    setAside: (topic) => outboxRefused.inc({ topic }),
    setAsideInAll: (count) => {
      aside = count && { ...count, ageSeconds: count.oldestAgeSeconds, at: performance.now() };
    },
    blocked: (topics) => {
      blockedTopics = topics;
    },
    clear: () => {
      seen.clear();
      aside = undefined;
      blockedTopics = 0;
    },
  };
}
