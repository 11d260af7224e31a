// What the ledger makes of an outage of the other side, on a real one.
import { afterEach, expect, test } from '@jest/globals';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { monotonicNow } from '../model/clock.ts';
import type { SendResult } from '../model/send-result.ts';
import { delivered, DispatchStage } from '../testing/dispatch-stage.ts';
import { resolved, toMember, useLedger } from '../testing/ledger-stage.ts';

const ledger = useLedger();
let stage: DispatchStage | undefined;

afterEach(async () => {
  await stage?.stop();
  stage = undefined;
});

const message = (id: string) =>
  resolved(id, [
    toMember(id, {
      destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId: 'T1', channel: 'C1' }],
    }),
  ]);

/** The head of C1 has held it for two minutes, and fails once more before it is delivered. */
async function sentWith(openedBeforeMs: number | undefined): Promise<string[]> {
  let failed = false;
  const answer = (): SendResult => {
    if (failed) return delivered;
    failed = true;
    return { kind: 'retry', error: 'internal_error', advice: '', facts: {}, delayMs: 5 };
  };
  stage = new DispatchStage(ledger, answer);
  await ledger.take([message('first')]);
  await ledger.pool.query(`UPDATE delivery_live SET held_since = now() - interval '2 minutes'`);
  await ledger.take([message('second')]);
  await stage.adopt();
  if (openedBeforeMs !== undefined) {
    const [lane] = stage.dispatcher.owned();
    for (let n = 0; n < 3; n++) lane!.breaker.saw('ambiguous', monotonicNow() - openedBeforeMs);
  }
  await stage.requests(2);
  return stage.sent.slice(0, 2).map(({ externalId }: ClaimedDelivery) => externalId);
}

test('a head that fails for longer than a minute lets the others of its channel pass', async () => {
  expect(await sentWith(undefined)).toEqual(['first', 'second']);
});

test('it does not while a circuit breaker was open for that time', async () => {
  expect(await sentWith(115_000)).toEqual(['first', 'first']);
});
