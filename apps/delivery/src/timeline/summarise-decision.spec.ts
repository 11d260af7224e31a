import type { Destination } from '@carillon/domain';
import { expect, test } from '@jest/globals';
import { summariseDecision } from './summarise-decision.ts';
import type { TimelineDelivery } from './notification-timeline.ts';

const reasonOf = (code: string, sentence: string) => ({ code, sentence });
const addressed = reasonOf('addressed', 'The request names this recipient.');
const dm: Destination = { kind: 'slack', surface: 'dm', installationId: 'i', teamId: 'T1' };
const delivery = (given: Partial<TimelineDelivery>): TimelineDelivery => ({
  ...{ deliveryId: 'd', destination: dm, state: 'ready', attempts: [] },
  ...{ possibleDuplicate: false, possiblyDelivered: false, ...given },
});

test('a suppressed decision says why, and not how the recipient was found', () => {
  expect(summariseDecision('suppress', [addressed, reasonOf('unknown_member', 'No such member is known.')], [])).toBe(
    'suppressed: no such member is known',
  );
  expect(
    summariseDecision(
      'suppress',
      [
        addressed,
        reasonOf('not_linked', 'The member is not linked to a Slack user.'),
        reasonOf('no_address', 'The member has no e-mail address.'),
      ],
      [],
    ),
  ).toBe('suppressed: the member is not linked to a Slack user; the member has no e-mail address');
});

test.each([
  ['delivered', undefined, 'delivered'],
  ['updated', undefined, 'delivered (the message was changed)'],
  ['found', 'timeout', 'delivered (the message was found after an attempt without an answer)'],
  ['delivered', 'shortened, files_not_attached', 'delivered (shortened, without some files)'],
  ['delivered', 'joined_channel', 'delivered (the app joined the channel)'],
])('a delivery whose last attempt is %s (%s) is summarised as %s', (result, error, summary) => {
  const earlier = { n: 1, at: '2026-01-01T00:00:00Z', result: 'not_sent', error: 'ratelimited' };
  const last = { n: 2, at: '2026-01-01T00:00:01Z', result, ...(error !== undefined && { error }) };
  expect(summariseDecision('send', [], [delivery({ outcome: 'delivered', attempts: [earlier, last] })])).toBe(summary);
});

test('a retraction says whether a message was deleted, or none had been posted', () => {
  const cancelled = (result: string) =>
    delivery({ outcome: 'cancelled', reason: 'retracted', attempts: [{ n: 1, at: '2026-01-01T00:00:00Z', result }] });
  expect(summariseDecision('send', [], [cancelled('deleted')])).toBe('cancelled (retracted, the message was deleted)');
  expect(summariseDecision('send', [], [cancelled('not_sent')])).toBe('cancelled (retracted)');
});

test('a decision to send says how far its deliveries are', () => {
  expect(summariseDecision('send', [addressed], [delivery({ outcome: 'delivered' })])).toBe('delivered');
  expect(summariseDecision('send', [], [delivery({ outcome: 'failed', reason: 'channel_not_found' })])).toBe(
    'failed (channel_not_found)',
  );
  expect(
    summariseDecision(
      'send',
      [],
      [
        delivery({ outcome: 'delivered' }),
        delivery({
          destination: { kind: 'email', address: 'ada@acme.test' },
          waitingFor: 'its turn in lane email:acme',
        }),
      ],
    ),
  ).toBe('dm: delivered; email: waits for its turn in lane email:acme');
});
