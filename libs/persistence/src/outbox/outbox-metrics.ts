// How far Kafka is behind the database. Ages are computed at the scrape: while the broker is away they keep growing.
// Only the process that publishes the outbox knows them; in the others they are 0.
import { counter, gauge } from '@carillon/telemetry';

export interface OutboxMetrics {
  /**
   * Age of the oldest waiting record of a topic that is read apart, or of all others (''); undefined when none waits.
   */
  oldest(topic: string, ageSeconds: number | undefined): void;
  published(records: number): void;
  setAside(topic: string): void;
  /** What is set aside in all; undefined: another process looks after it. */
  setAsideInAll(count: { rows: number; oldestAgeSeconds: number } | undefined): void;
  /** Topics whose records Kafka does not take now. */
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
