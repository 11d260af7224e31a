// Refusals of Slack that the channel answers itself, against the stand-in for Slack.
import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { Pool } from 'pg';
import { closeConnections, SlackClient } from '@carillon/slack';
import { SlackSimulator } from '@carillon/slack-testing';
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';
import { claimed } from '../../testing/claimed.ts';
import { sendGuard } from '../../testing/send-guard.ts';
import { slackLimits } from '../../testing/lane-limits.ts';
import { bodies } from '../rendering/bodies.ts';
import { Answers } from './answers.ts';
import { Conversations } from './conversations.ts';
import type { Attachments } from './files/attachments.ts';
import type { Installations } from './installations.ts';
import { SlackChannel } from './slack-channel.ts';
import type { SlackConnections } from './slack-connections.ts';

const channelId = 'C0REPORTS';
const guard = sendGuard(true);

let slack: SlackSimulator;
let team: string;
let channel: SlackChannel;

beforeAll(async () => {
  slack = await SlackSimulator.start();
  await slack.limits({ channelPerSecond: null });
  team = `T${randomUUID().slice(0, 8).toUpperCase()}`;
  await slack.workspace({
    id: team,
    name: team,
    users: [{ name: 'ada', admin: true }],
    channels: [{ id: channelId, name: 'reports', members: ['bot'] }],
  });
  const client = new SlackClient({
    token: await slack.install(team, 'chat:write'),
    slackUrl: slack.url,
    timeoutMs: 1_500,
  });
  const connections = { connection: () => Promise.resolve({ client, teamId: team }) } as unknown as SlackConnections;
  const installations = {
    hasEnded: () => false,
    isForeign: () => false,
    grants: () => false,
  } as unknown as Installations;
  const answers = new Answers({ forget: () => undefined, reportDead: () => Promise.resolve() });
  const attachments = {
    prepare: () => Promise.resolve({ files: [], notAttached: [] }),
  } as unknown as Attachments;
  const conversations = new Conversations({} as Pool);
  channel = new SlackChannel(connections, { installations, conversations, attachments, answers }, slackLimits);
});

afterEach(() => slack.noFaults());
afterAll(async () => {
  await closeConnections();
  slack.stop();
  await bodies.close();
});

const delivery = (over: Partial<ClaimedDelivery> = {}): ClaimedDelivery =>
  claimed({
    deliveryId: randomUUID(),
    destination: { kind: 'slack', surface: 'channel', installationId: 'i1', teamId: team, channel: channelId },
    content: { title: 'Sales', body: '# All of it\n\n| a | b |\n|---|---|\n| 1 | 2 |' },
    ...over,
  });
const refuse = (method: string, value: string, count: number) =>
  slack.faults([{ method, team, kind: 'error', value, count }]);

test.each(['invalid_blocks', 'msg_blocks_too_long'])(
  'a message of ours that Slack refuses with %s is sent once more, plainer, in the same attempt',
  async (code) => {
    await refuse('chat.postMessage', code, 1);
    expect(await channel.send(delivery(), guard)).toMatchObject({ kind: 'delivered' });
    await refuse('chat.postMessage', code, 2);
    expect(await channel.send(delivery(), guard)).toMatchObject({ kind: 'refused', error: code });
  },
);

test('a change that Slack refuses is made once more, plainer', async () => {
  const posted = await channel.send(delivery(), guard);
  if (posted.kind !== 'delivered' || !posted.ref) throw new Error(JSON.stringify(posted));
  await refuse('chat.update', 'msg_too_long', 1);
  expect(await channel.send(delivery({ shownMessage: posted.ref }), guard)).toMatchObject({ kind: 'delivered' });
});

test("a producer's own blocks are not rendered anew", async () => {
  await refuse('chat.postMessage', 'invalid_blocks', 1);
  const blocks = [{ type: 'section', text: { type: 'mrkdwn', text: 'raw' } }];
  expect(await channel.send(delivery({ content: { title: 'Sales', slack: { blocks } } }), guard)).toMatchObject({
    kind: 'refused',
    error: 'invalid_blocks',
  });
});

test.each(['restricted_action_thread_locked', 'restricted_action_non_threadable_channel', 'invalid_thread_ts'])(
  'a reply that Slack refuses with %s is sent again without its thread',
  async (code) => {
    const parent = { teamId: team, channel: channelId, ts: '1.1' };
    await refuse('chat.postMessage', code, 1);
    expect(await channel.send(delivery({ threadParent: parent }), guard)).toMatchObject({
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
  expect(await channel.send(waiting, guard)).toEqual(held);
  expect(await channel.send(waiting, guard)).toEqual(held);
  expect(await channel.send(waiting, guard)).toMatchObject({ kind: 'delivered' });
});
