// What a claim knows about how long its notification has taken, for the measurement of latency.
import { expect, test } from '@jest/globals';
import { resolved, toMember, useLedger } from '../testing/ledger-stage.ts';

const stage = useLedger();
const requestedAt = new Date(Date.now() - 5_000).toISOString();
const later = { kind: 'later', notBefore: new Date(Date.now() + 3_600_000).toISOString() } as const;

test('a delivery that may be sent at once is immediate, and its latency counts from the request', async () => {
  await stage.take([resolved('now', [toMember('ada')], { requestedAt })]);
  const claimed = await stage.claimOne(await stage.own(), 'now');
  expect(claimed).toMatchObject({ immediate: true, requestedForMs: expect.any(Number) as unknown });
  expect(claimed!.requestedForMs).toBeGreaterThan(4_000);
  expect(claimed!.requestedForMs).toBeLessThan(60_000);
});

test('one that waited for an instant is not, and one of an older record has no latency', async () => {
  await stage.take([resolved('later', [{ ...toMember('bob'), mode: later }])]);
  await stage.pool.query(
    `UPDATE delivery SET state = 'ready', ready_at = now() + interval '1 hour' WHERE recipient = 'member:bob'`,
  );
  const claimed = await stage.claimOne(await stage.own(), 'later');
  expect(claimed).toMatchObject({ immediate: false, requestedForMs: null });
});
