// The metrics of the outbox: how long records have been waiting for Kafka. Ages are computed at the scrape, so they
// grow while the broker is not available. Only the process that publishes the outbox has values; in the others they are
// 0.
import { counter, gauge } from '@carillon/telemetry';

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
  gauge(
    'carillon_outbox_age_seconds',
    'Age of the oldest record that waits in the outbox (0 in processes that do not publish it)',
    [],
    (metric) => metric.set(Math.max(0, ...[...seen.values()].map(ageNow))),
  );
  gauge(
    'carillon_outbox_set_aside',
    'Records in the outbox that Kafka can never take as they are and that wait for an operator',
    [],
    (metric) => metric.set(aside?.rows ?? 0),
  );
  gauge('carillon_outbox_set_aside_oldest_age_seconds', 'Age of the oldest record that is set aside', [], (metric) =>
    metric.set(aside?.rows ? ageNow(aside) : 0),
  );
  gauge(
    'carillon_outbox_blocked_topics',
    'Topics whose records Kafka does not take now, e.g. for want of a permission',
    [],
    (metric) => metric.set(blockedTopics),
  );
  const published = counter('carillon_outbox_published_total', 'Records published from the outbox');
  const refused = counter('carillon_outbox_refused_total', 'Records that the broker will never take', ['topic']);
  return {
    oldest: (topic, ageSeconds) => {
      if (ageSeconds === undefined) seen.delete(topic);
      else seen.set(topic, { ageSeconds, at: performance.now() });
    },
    published: (records) => published.inc(records),
    setAside: (topic) => refused.inc({ topic }),
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
