// The measure itself: each way of breaking the promise is noticed, and what keeps it is not blamed.
import { expect, test } from '@jest/globals';
import { tallyOf, type Outside } from './nothing-lost-or-silently-doubled.ts';
import type { SeenOutcome } from './outcomes.ts';
import type { SeenMessage } from './slack-world.ts';

interface Story {
  outcomes?: Partial<SeenOutcome>[];
  /** When each copy appeared, in seconds. */
  copies?: number[];
  /** How each attempt ended, and when, in seconds. */
  attempts?: [result: string, at: number][];
}

const delivered = { outcome: 'delivered' };
const doubtful = { outcome: 'delivered', attempts: 2, possibleDuplicate: true };
const kept: Story = { outcomes: [delivered], copies: [1], attempts: [['delivered', 1]] };

async function brokenBy(...stories: Story[]): Promise<string[]> {
  const outside: Outside = {
    slack: {
      copies: () =>
        Promise.resolve(
          new Map(
            stories.map(({ copies = [] }, n) => [
              `d${n}`,
              copies.map((at) => ({ ts: String(at).padStart(9, '0') }) as SeenMessage),
            ]),
          ),
        ),
    },
    outcomes: {
      of: (id) =>
        (stories[Number(id)]!.outcomes ?? []).map(
          (outcome) =>
            ({
              deliveryId: `d${id}`,
              attempts: 1,
              possibleDuplicate: false,
              possiblyDelivered: false,
              ...outcome,
            }) as SeenOutcome,
        ),
    },
    timeline: (notificationId) => {
      const attempts = (stories[Number(notificationId)]!.attempts ?? []).map(([result, at]) => ({
        result,
        at: new Date(at * 1000).toISOString(),
      }));
      return Promise.resolve({
        notificationId,
        decisions: [
          {
            recipient: 'r',
            verdict: 'send',
            reasons: [],
            deliveries: [{ deliveryId: `d${notificationId}`, state: '', attempts }],
          },
        ],
      });
    },
  };
  const sent = stories.map((_, n) => ({ notificationId: String(n), channel: 'C1' }));
  return (await tallyOf(outside, { sent })).broken.map(({ promise }) => promise);
}

test.each<[string, Story[], string[]]>([
  ['delivered once', [kept], []],
  ['no outcome, though visible', [{ copies: [1] }], ['lost']],
  [
    'two outcomes',
    [{ ...kept, outcomes: [delivered, { outcome: 'failed', reason: 'ambiguous', possiblyDelivered: true }] }],
    ['endedTwice'],
  ],
  ['delivered, and not to be seen', [{ ...kept, copies: [] }], ['invisible']],
  [
    'refused for a reason that nobody expected',
    [{ outcomes: [{ outcome: 'failed', reason: 'channel_not_found' }] }],
    ['unexpected'],
  ],
  [
    'doubled, flagged, after an attempt without an answer',
    [
      {
        outcomes: [doubtful],
        copies: [1, 2],
        attempts: [
          ['unknown', 1],
          ['delivered', 2],
        ],
      },
    ],
    [],
  ],
  [
    'doubled without a flag',
    [
      {
        outcomes: [{ ...doubtful, possibleDuplicate: false }],
        copies: [1, 2],
        attempts: [
          ['unknown', 1],
          ['delivered', 2],
        ],
      },
    ],
    ['unflagged'],
  ],
  [
    'doubled, flagged, and every attempt had its answer',
    [
      {
        outcomes: [doubtful],
        copies: [1, 2],
        attempts: [
          ['not_sent', 1],
          ['delivered', 2],
        ],
      },
    ],
    ['unexplained'],
  ],
  [
    'three copies',
    [
      {
        outcomes: [doubtful],
        copies: [1, 2, 3],
        attempts: [
          ['unknown', 1],
          ['unknown', 2],
          ['delivered', 3],
        ],
      },
    ],
    ['overdone'],
  ],
  [
    'given up in doubt',
    [{ outcomes: [{ outcome: 'failed', reason: 'ambiguous', possiblyDelivered: true }], attempts: [['unknown', 1]] }],
    [],
  ],
  ['the later one first', [{ ...kept, copies: [2] }, kept], ['disordered']],
  [
    'only a second copy after the later one',
    [
      {
        outcomes: [doubtful],
        copies: [1, 5],
        attempts: [
          ['unknown', 1],
          ['delivered', 5],
        ],
      },
      { ...kept, copies: [3] },
    ],
    [],
  ],
  [
    'passed while it was parked',
    [
      {
        outcomes: [{ ...delivered, attempts: 2 }],
        copies: [90],
        attempts: [
          ['not_sent', 1],
          ['delivered', 90],
        ],
      },
      kept,
    ],
    [],
  ],
])('%s', async (_, stories, broken) => {
  expect(await brokenBy(...stories)).toEqual(broken);
});
