// Refusals of Slack that the channel answers itself, against the stand-in for Slack.
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';
import { SlackChannelStage } from './testing/slack-channel-stage.ts';

let stage: SlackChannelStage;

beforeAll(async () => {
  stage = await SlackChannelStage.start();
  await stage.connect('chat:write');
});
afterEach(() => stage.slack.noFaults());
afterAll(() => stage?.stop());

const delivery = (over: Partial<ClaimedDelivery> = {}): ClaimedDelivery =>
  stage.delivery({ content: { title: 'Sales', body: '# All of it\n\n| a | b |\n|---|---|\n| 1 | 2 |' }, ...over });
const refuse = (method: string, value: string, count: number) =>
  stage.slack.faults([{ method, team: stage.team, kind: 'error', value, count }]);

test.each(['invalid_blocks', 'msg_blocks_too_long'])(
  'a message of ours that Slack refuses with %s is sent once more, plainer, in the same attempt',
  async (code) => {
    await refuse('chat.postMessage', code, 1);
    expect(await stage.send(delivery())).toMatchObject({ kind: 'delivered' });
    await refuse('chat.postMessage', code, 2);
    expect(await stage.send(delivery())).toMatchObject({ kind: 'refused', error: code });
  },
);

test('a change that Slack refuses is made once more, plainer', async () => {
  const posted = await stage.send(delivery());
  if (posted.kind !== 'delivered' || !posted.ref) throw new Error(JSON.stringify(posted));
  await refuse('chat.update', 'msg_too_long', 1);
  expect(await stage.send(delivery({ shownMessage: posted.ref }))).toMatchObject({ kind: 'delivered' });
});

test("a producer's own blocks are not rendered anew", async () => {
  await refuse('chat.postMessage', 'invalid_blocks', 1);
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'raw' } }];
  expect(await stage.send(delivery({ content: { title: 'Sales', slack: { blocks } } }))).toMatchObject({
    kind: 'refused',
    error: 'invalid_blocks',
  });
});

test.each(['restricted_action_thread_locked', 'restricted_action_non_threadable_channel', 'invalid_thread_ts'])(
  'a reply that Slack refuses with %s is sent again without its thread',
  async (code) => {
    const parent = { teamId: stage.team, channel: 'C0REPORTS', ts: '1.1' };
    await refuse('chat.postMessage', code, 1);
    expect(await stage.send(delivery({ threadParent: parent }))).toMatchObject({
      kind: 'retry',
      missing: 'threadParent',
      delayMs: 0,
    });
  },
);

test.each([
  'app_access_restricted',
  'team_access_not_granted',
  'two_factor_setup_required',
  'accesslimited',
  'enterprise_is_restricted',
])('%s holds the installation: nothing fails, and the delivery goes out once Slack takes it', async (code) => {
  const waiting = delivery();
  await refuse('chat.postMessage', code, 2);
  const held = { kind: 'not_written', why: code, holdMs: 60_000 };
  expect(await stage.send(waiting)).toEqual(held);
  expect(await stage.send(waiting)).toEqual(held);
  expect(await stage.send(waiting)).toMatchObject({ kind: 'delivered' });
});
