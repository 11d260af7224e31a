import { metricsText } from '@carillon/telemetry';
import { expect, test } from '@jest/globals';
import type { SendResult } from '../model/send-result.ts';
import { claimed } from '../testing/claimed.ts';
import { deliveryMetrics } from './attempt-metrics.ts';

const facts = {};
const ends: SendResult[] = [
  { kind: 'delivered', facts },
  { kind: 'retry', error: 'ratelimited', advice: '', facts, limited: 'chat.postMessage' },
  { kind: 'refused', error: 'channel_not_found', advice: '', facts },
  { kind: 'unknown', error: 'timeout', advice: '', facts },
];

const series = async (): Promise<number> => (await metricsText()).split('\n').filter((line) => /^\w/.test(line)).length;

test('the attempts of 1,000 tenants, each in lanes and installations of its own, make the series of one', async () => {
  const metrics = deliveryMetrics();
  const attemptOf = (tenant: string): void => {
    const delivery = claimed({
      tenantId: tenant,
      lane: `T-${tenant}`,
      channel: `C-${tenant}`,
      type: `type.of.${tenant}`,
      destination: { kind: 'slack', surface: 'dm', installationId: `i-${tenant}`, teamId: `T-${tenant}` },
    });
    for (const end of ends) metrics.attempt(delivery, end, 20);
    metrics.stored(delivery.lane, { state: 'delivered', terminal: true, ambiguous: 1 });
  };
  attemptOf('acme');
  const ofOne = await series();
  for (let n = 0; n < 999; n += 1) attemptOf(`tenant-${n}`);
  expect(await series()).toBe(ofOne);
  expect(await metricsText()).toContain('carillon_delivery_possible_duplicates_total{channel="slack"} 1000');
});

test('error codes beyond the bound are counted as other', async () => {
  const before = await series();
  for (let n = 0; n < 1_000; n += 1)
    deliveryMetrics().attempt(claimed(), { kind: 'refused', error: `code_${n}`, advice: '', facts }, 20);
  expect((await series()) - before).toBeLessThanOrEqual(100);
  expect(await metricsText()).toMatch(/carillon_delivery_attempts_total\{[^}]*error="other"\} 9\d\d/);
});
