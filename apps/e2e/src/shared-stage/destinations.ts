// Groups, mentions, channels that the app is not in, and blocks that Slack would refuse.
import { describe, expect, test } from '@jest/globals';
import { idOf, installationId, published, seen, stage, team, toChannel } from './context.ts';

describe('a destination', () => {
  test('a group is opened once ever, also by another process, and again when Slack says it is gone', async () => {
    const group = {
      tenantId: 'acme',
      type: 'report.ready',
      to: [{ members: ['one', 'two'], installation: installationId }],
    };
    const opened = async () => (await stage.slack.requests('conversations.open', team)).ok;
    const before = await opened();
    const first = await published(group);
    await stage.playground.service('delivery').restart();
    await published(group);
    expect(await opened()).toBe(before + 1);
    const { channel } = stage.outcomes.of(idOf(first))[0]!.slack!;
    await fetch(`${stage.playground.slack.url}/_sim/conversations/remove`, {
      method: 'POST',
      body: JSON.stringify({ team, channel }),
    });
    const anew = await published(group);
    expect(stage.outcomes.of(idOf(anew))).toEqual([expect.objectContaining({ outcome: 'delivered' })]);
    expect(await opened()).toBe(before + 2);
  });

  test('people are mentioned by their link, or by name; nobody else is', async () => {
    const id = await published({
      ...toChannel(),
      mentions: [{ member: 'one' }, { member: 'nobody' }],
      body: 'Ask [Two](member:two), not <!channel> or @here.',
    });
    const drawn = JSON.stringify(await seen(id)).replaceAll('\u200b', '');
    expect(drawn).toContain('<@U0ONE>');
    expect(drawn).toContain('<@U0TWO>');
    expect(drawn).toContain('@nobody');
    expect(drawn).not.toContain('<!channel>');
  });

  test('a public channel that the app is not in is joined, since the profile allows it; a private one is said to need an invitation', async () => {
    const id = await published(toChannel('C0OUT'));
    expect(await seen(id, 'C0OUT')).toHaveLength(1);
    const secret = await published(toChannel('C0SECRET'));
    expect(stage.outcomes.of(idOf(secret))).toEqual([
      expect.objectContaining({ outcome: 'failed', reason: 'channel_not_found' }),
    ]);
    expect(JSON.stringify(await stage.timeline(idOf(secret)))).toContain('invite the app');
  });

  test('blocks that Slack would refuse fail with the path, before any call', async () => {
    const posts = async () => (await stage.slack.requests('chat.postMessage', team)).errors;
    const before = await posts();
    const id = await published({
      ...toChannel(),
      slack: { blocks: [{ type: 'section' }, { type: 'header', text: { type: 'mrkdwn', text: 'x' } }] },
    });
    expect(await posts()).toBe(before);
    expect(JSON.stringify(await stage.timeline(idOf(id)))).toContain('slack.blocks.0.text');
  });
});
