// How far Kafka is behind the database. The age is computed at the scrape: while the broker is away it keeps growing.
import { counter, gauge } from '@carillon/telemetry';

export interface OutboxMetrics {
  /** Age of the oldest waiting record as just seen; undefined when none waits or another process looks after it. */
  oldest(ageSeconds: number | undefined): void;
  published(records: number): void;
  refused(topic: string): void;
}

let seen: { ageSeconds: number; at: number } | undefined;

export function outboxMetrics(): OutboxMetrics {
  gauge('carillon_outbox_age_seconds', 'Age of the oldest record that waits in the outbox (0 in processes that do not publish it)', [], (metric) =>
    metric.set(seen ? seen.ageSeconds + (performance.now() - seen.at) / 1000 : 0),
  );
  const published = counter('carillon_outbox_published_total', 'Records published from the outbox');
  const refused = counter('carillon_outbox_refused_total', 'Records that the broker will never take', ['topic']);
  return {
    oldest: (ageSeconds) => {
      seen = ageSeconds === undefined ? undefined : { ageSeconds, at: performance.now() };
    },
    published: (records) => published.inc(records),
    refused: (topic) => refused.inc({ topic }),
  };
}
