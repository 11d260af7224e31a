import { describe, expect, test } from '@jest/globals';
import { metricsPage, metricsText } from './metrics-registry.ts';
import { counter, gauge, histogram } from './metrics.ts';

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331';

describe('metrics', () => {
  test('have the names that OpenTelemetry gives them in Prometheus', async () => {
    counter({ name: 'spec.things', unit: '{thing}', help: 'h', labels: { 'thing.kind': ['a'] } }).inc({
      'thing.kind': 'a',
    });
    histogram({ name: 'spec.duration', unit: 's', help: 'h', buckets: [0.5, 60] }).observe(1);
    expect(await metricsText()).toContain('spec_things_total{thing_kind="a"} 1');
    expect(await metricsText()).toContain('spec_duration_seconds_bucket{le="60"} 1');
  });

  test('a value beyond the bound of a label is counted as other, so that series are bounded', async () => {
    const labels = { known: ['a', 'b'], open: { atMost: 3, of: 'tenants' } } as const;
    const metric = counter({ name: 'spec.bounded', unit: '{thing}', help: 'h', labels });
    for (let n = 0; n < 1_000; n += 1) metric.inc({ known: `tenant-${n}` as 'a', open: `tenant-${n}` });
    const lines = (await metricsText()).split('\n').filter((line) => line.startsWith('spec_bounded_total'));
    expect(lines).toEqual([
      'spec_bounded_total{known="other",open="tenant-0"} 1',
      'spec_bounded_total{known="other",open="tenant-1"} 1',
      'spec_bounded_total{known="other",open="tenant-2"} 1',
      'spec_bounded_total{known="other",open="other"} 997',
    ]);
  });

  test('a gauge shows what its reader finds at each reading', async () => {
    let value = 1;
    const metric = gauge({ name: 'spec.found', unit: '{thing}', help: 'h' });
    metric.onRead((shown) => shown.set(value));
    value = 7;
    expect(await metricsText()).toContain('spec_found 7');
  });

  test('one that is declared twice is an error', () => {
    const twice = { name: 'spec.twice', unit: '{thing}', help: 'h' };
    counter(twice);
    expect(() => counter(twice)).toThrow('spec.twice is declared twice');
  });

  test('OpenMetrics names the trace of a measurement that was recorded, and the older format has none', async () => {
    const metric = histogram({ name: 'spec.latency', unit: 's', help: 'h', buckets: [1, 10], exemplars: true });
    metric.observe({}, 0.5, `${traceparent}-01`);
    metric.observe({}, 5, `${traceparent}-00`);
    metric.observe({}, 500, `${traceparent}-01`);
    counter({ name: 'spec.beside', unit: '{thing}', help: 'h' }).inc();
    const [open, plain] = await Promise.all([
      metricsPage('application/openmetrics-text; version=1.0.0'),
      metricsPage(),
    ]);
    expect(open.contentType).toContain('application/openmetrics-text');
    expect(open.text).toMatch(
      /spec_latency_seconds_bucket{le="1"} 1 # {trace_id="0af7651916cd43dd8448eb211c80319c"} 0.5/,
    );
    expect(open.text).toMatch(/spec_latency_seconds_bucket{le="10"} 2\n/);
    expect(open.text).toMatch(/spec_latency_seconds_bucket{le="\+Inf"} 3 # {trace_id=/);
    expect(open.text).toMatch(/# TYPE spec_beside counter\nspec_beside_total 1\n[^]*# EOF\n$/);
    expect(plain.text).not.toContain('trace_id');
    expect(plain.text).toMatch(/# TYPE spec_beside_total counter\nspec_beside_total 1\n/);
  });
});
