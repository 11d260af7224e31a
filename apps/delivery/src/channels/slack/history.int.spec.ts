// Whether an attempt without an answer was posted, found in the history by a clock that may differ from Slack's.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { SlackChannelStage } from './testing/slack-channel-stage.ts';

let stage: SlackChannelStage;

beforeAll(async () => {
  stage = await SlackChannelStage.start();
});
afterAll(() => stage?.stop());

const mayCall = { reserve: () => 0 };

test.each([0, -600, 600, -86_400, 45])(
  'a message of an attempt is found although the clock of Slack is %d s ahead of ours, and an older one is not read',
  async (clockSkewSeconds) => {
    await stage.connect('chat:write,channels:history');
    await stage.slack.limits({ clockSkewSeconds, channelPerSecond: null });
    const [posted, lost] = [stage.delivery(), stage.delivery()];
    await stage.send(posted);
    const [message] = await stage.slack.messages(stage.team);
    const ref = { teamId: stage.team, channel: message!.channel, ts: message!.ts };
    const ago = (claimedForMs: number) => ({ claimedForMs });
    expect(await stage.channel.reconcile({ ...posted, ...ago(5_000) }, mayCall)).toEqual({ kind: 'found', ref });
    expect(await stage.channel.reconcile({ ...lost, ...ago(5_000) }, mayCall)).toEqual({ kind: 'absent' });
    // Its attempt would have been two minutes after the message.
    expect(await stage.channel.reconcile({ ...posted, ...ago(-120_000) }, mayCall)).toEqual({ kind: 'absent' });
  },
);
