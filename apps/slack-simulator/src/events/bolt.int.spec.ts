/** The official Bolt app accepts what the simulator sends: signature, envelope, interactions, commands. */
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import bolt from '@slack/bolt';
import { afterAll, expect, test } from '@jest/globals';
import { acme, useSimulator } from '../testing/fixture.ts';
import type { Delivery } from './outbound.ts';

const signingSecret = '8f742231b10e8888abcd99yyyzzz85a5';
const heard: string[] = [];
const receiver = new bolt.HTTPReceiver({ signingSecret, logLevel: bolt.LogLevel.ERROR });
const app = new bolt.App({
  receiver,
  authorize: () => Promise.resolve({ botToken: 'xoxb-1', botId: 'B1', botUserId: 'U1' }),
});
app.event('team_join', ({ body, event }) => {
  heard.push(`${body.team_id} ${event.type}`);
  return Promise.resolve();
});
app.command('/carillon', async ({ ack, command }) => {
  heard.push(`${command.command} ${command.text}`);
  await ack();
});
app.action('open', async ({ ack, action }) => {
  heard.push(`action ${(action as { value?: string }).value ?? ''}`);
  await ack();
});
let server: Server;

const slack = useSimulator(async () => {
  server = await app.start({ port: 0, host: '127.0.0.1' });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`;
  return { signingSecret, eventsUrl: url, interactionsUrl: url, commandsUrl: url };
});
afterAll(() => app.stop());

test('Bolt accepts an event, a command and a click of the simulated Slack', async () => {
  await slack.installed('chat:write,commands,users:read');
  const team = acme.id;
  const sent = await slack.control<{ delivery?: Delivery } & Partial<Delivery>>('POST', 'events', {
    team,
    event: { type: 'team_join', user: { id: 'U9' } },
  });
  expect(JSON.stringify(sent)).toContain('delivered');
  const user = acme.users[0]!.id;
  await slack.control('POST', 'commands', { team, user, command: '/carillon', text: 'help' });
  await slack.control('POST', 'interactions', { team, user, actionId: 'open', value: '42' });
  expect(heard).toEqual([`${team} team_join`, '/carillon help', 'action 42']);
});
