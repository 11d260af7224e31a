// The arguments of the methods that post, for blocks of ours and blocks of a producer.
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Content } from '@carillon/domain';
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';
import { bodies } from '../rendering/bodies.ts';
import { messageOf } from './message.ts';

afterAll(() => bodies.close());

const delivery = (content: Content): ClaimedDelivery =>
  ({
    deliveryId: 'd',
    attempt: 1,
    replay: 0,
    tenantId: 'acme',
    destination: { mentions: [{ ref: 'member:ada', name: 'Ada', slackUserId: 'U0ADA' }] },
    content,
  }) as unknown as ClaimedDelivery;

describe('a message', () => {
  test('of raw blocks goes out with an escaped fallback: a title mentions nobody', async () => {
    const blocks = [{ type: 'divider' }];
    expect(
      await messageOf(delivery({ title: '<!channel> & <@U123ABC>\u202e', slack: { blocks } }), {
        mayCustomize: true,
        notAttached: [],
      }),
    ).toMatchObject({ message: { text: '&lt;!channel&gt; &amp; &lt;@U123ABC&gt;', blocks } });
  });

  test('shows the sender’s name without mentions, control and direction characters', async () => {
    const { message } = await messageOf(delivery({ title: 't', sender: { name: 'Acme\u202e <!channel>\u0007' } }), {
      mayCustomize: true,
      notAttached: [],
    });
    expect(message.username).toBe('Acme <\u200b!channel>');
    expect(
      await messageOf(delivery({ title: 't', sender: { name: 'Acme' } }), { mayCustomize: false, notAttached: [] }),
    ).not.toHaveProperty('message.username');
  });

  test('that was shortened has the arguments of Slack alone', async () => {
    const { message, shortened } = await messageOf(delivery({ title: 't', body: 'word '.repeat(8_000) }), {
      mayCustomize: true,
      notAttached: [],
    });
    const { blocks, ...others } = message;
    expect(shortened?.bodyCharacters).toBeGreaterThan(25_000);
    expect(JSON.stringify(blocks)).toContain('characters left out here');
    expect(Object.keys(others)).toEqual(['text', 'unfurl_links', 'unfurl_media', 'metadata']);
  });

  test('draws an expensive body in a thread, with the people it refers to', async () => {
    const { message } = await messageOf(
      delivery({ title: 't', body: `**by** [Ada](member:ada)\n\n${'- *word* and words\n'.repeat(300)}` }),
      { mayCustomize: true, notAttached: [] },
    );
    expect(JSON.stringify(message.blocks)).toContain('*by* <@U0ADA>');
  });
});
