import { describe, expect, test } from '@jest/globals';
import { counter, gauge, histogram, metricsText } from './metrics.ts';

describe('metrics', () => {
  test('declaring one twice gives the same one', async () => {
    counter('carillon_spec_total', 'for this spec', ['kind']).inc({ kind: 'a' });
    counter('carillon_spec_total', 'for this spec', ['kind']).inc({ kind: 'a' });
    expect(await metricsText()).toContain('carillon_spec_total{kind="a"} 2');
  });

  test('a gauge may be looked up at each scrape', async () => {
    let value = 1;
    gauge('carillon_spec_looked_up', 'for this spec', [], (metric) => metric.set(value));
    value = 7;
    expect(await metricsText()).toContain('carillon_spec_looked_up 7');
  });

  test('a histogram has the buckets it was given', async () => {
    histogram('carillon_spec_seconds', 'for this spec', [0.5, 60]).observe(1);
    expect(await metricsText()).toContain('carillon_spec_seconds_bucket{le="60"} 1');
  });
});
