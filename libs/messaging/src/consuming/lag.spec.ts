import { metricsText } from '@carillon/telemetry';
import { expect, test } from '@jest/globals';
import { lagRecords, lagSeconds } from '../metrics.ts';
import { Lag } from './lag.ts';

async function shown(metric: { prometheusName: string }, group: string): Promise<number | undefined> {
  const lines = (await metricsText()).split('\n');
  const line = lines.find((one) => one.startsWith(`${metric.prometheusName}{`) && one.includes(`="${group}"`));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(' ')));
}

const messages = [5, 6, 7].map((offset) => ({ offset: String(offset), timestamp: String(offset * 1_000) }));
const batch = { topic: 't', partition: 0, highWatermark: '10', messages };

test('counts what is handled, and what is not', async () => {
  const lag = new Lag('counting');
  lag.began(batch);
  lag.waiting(batch, 60_000);
  expect([await shown(lagRecords, 'counting'), await shown(lagSeconds, 'counting')]).toEqual([5, 55]);
  lag.handled(batch, '5');
  lag.waiting(batch, 60_000);
  expect([await shown(lagRecords, 'counting'), await shown(lagSeconds, 'counting')]).toEqual([4, 54]);
  lag.clear();
  expect(await shown(lagRecords, 'counting')).toBeUndefined();
});

test('a batch that is stuck counts what arrives behind it', async () => {
  let asked = 0;
  const lag = new Lag('stuck', () => Promise.resolve(void asked++).then(() => new Map([[0, 1_000]])));
  lag.began(batch, 0);
  lag.waiting(batch, 4_999);
  expect(asked).toBe(0);
  for (const now of [10_000, 10_001, 10_002]) lag.waiting(batch, now);
  expect(asked).toBe(1);
  await new Promise(setImmediate);
  lag.waiting(batch, 10_003);
  expect(await shown(lagRecords, 'stuck')).toBe(995);
  lag.clear();
});

test('what was read again counts again', async () => {
  const lag = new Lag('again');
  lag.began(batch);
  lag.handled(batch, '7');
  expect(await shown(lagRecords, 'again')).toBe(2);
  lag.began(batch);
  lag.waiting(batch);
  expect(await shown(lagRecords, 'again')).toBe(5);
  lag.clear();
});
