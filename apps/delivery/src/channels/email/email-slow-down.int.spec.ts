// A mail server that asks for fewer connections (421): the lane pauses for as long as it was asked to, and its rate is
// lowered where the refusals go on. On a real ledger and a real SMTP server.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { monotonicNow } from '../../model/clock.ts';
import { DispatchStage } from '../../testing/dispatch-stage.ts';
import { always, channelOn } from '../../testing/email-stage.ts';
import { resolved, toMember, useLedger } from '../../testing/ledger-stage.ts';
import { startMailServer, type MailServer } from '../../testing/mail-server.ts';
import type { EmailChannel } from './email-channel.ts';

const ledger = useLedger();
const perMinute = 6_000;
const pauseMs = 1_000;

let server: MailServer;
let channel: EmailChannel;
let stage: DispatchStage;
/** When the mail server saw each recipient. */
const asked: { at: number; refused: boolean }[] = [];
let refusals = 0;

beforeEach(async () => {
  asked.length = 0;
  server = await startMailServer({
    onRcptTo: (_address, _session, done) => {
      const refused = refusals > 0;
      asked.push({ at: monotonicNow(), refused });
      if (!refused) return done();
      refusals--;
      done(Object.assign(new Error('4.7.0 too many connections, try again in 1 s'), { responseCode: 421 }));
    },
  });
  channel = channelOn(server.url);
  const { limits } = channel;
  stage = new DispatchStage(
    ledger,
    ({ deliveryId, ...delivery }) =>
      channel.send(
        { ...delivery, deliveryId, destination: { kind: 'email', address: 'ada@acme.test', name: 'Ada' } },
        always,
      ),
    { ...limits, posting: { perMinute, burst: 1, mostPerMinute: perMinute } },
  );
});

afterEach(async () => {
  await stage.stop();
  channel.close();
  await server.close();
});

const fill = (count: number): Promise<unknown> =>
  ledger.take(
    Array.from({ length: count }, (_, n) =>
      resolved(`m${n}`, [
        toMember(`m${n}`, {
          destinations: [{ kind: 'slack', surface: 'dm', installationId: 'i1', teamId: 'T1', channel: `C${n}` }],
        }),
      ]),
    ),
  );

test('the lane writes nothing while it was asked to wait, and then all is delivered', async () => {
  const count = 150;
  refusals = 1;
  await fill(count);
  await stage.adopt();
  await stage.recorded('T1', count);
  const refusedAt = asked.find(({ refused }) => refused)!.at;
  // Nothing but what was on its way already; at its rate the lane would have written a hundred.
  const meanwhile = asked.filter(({ at }) => at > refusedAt && at < refusedAt + pauseMs);
  expect(meanwhile.length).toBeLessThanOrEqual(channel.limits.callsAtOnce);
  expect(server.taken).toHaveLength(count);
});

test('refusals that go on lower the rate of the lane', async () => {
  refusals = 6;
  await fill(4);
  await stage.adopt();
  await stage.recorded('T1', 4);
  const [lane] = stage.dispatcher.owned();
  expect(lane!.posting.perMinute).toBeLessThan(perMinute);
});
