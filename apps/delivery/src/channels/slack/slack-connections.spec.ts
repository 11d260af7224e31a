// The clients of installations are kept while they are used, and few of them.
import { expect, jest, test } from '@jest/globals';
import { BotToken } from '@carillon/runtime';
import { SlackConnections } from './slack-connections.ts';

const settings = { slackUrl: 'https://slack.test', callTimeoutMs: 1_000, mostClients: 3 };

/** Every installation has a token, the same until `renewed` names it. */
function connections(renewed = new Set<string>()): SlackConnections {
  const tokens = new Map<string, BotToken>();
  const tokenOf = (id: string): Promise<BotToken> => {
    if (renewed.delete(id) || !tokens.has(id)) tokens.set(id, new BotToken(`xoxb-${id}-${tokens.size}`, 'T1'));
    return Promise.resolve(tokens.get(id)!);
  };
  return new SlackConnections({ tokenOf, clearHold: () => undefined }, settings);
}

const clientOf = async (of: SlackConnections, id: string) => {
  const found = await of.connection(id, 'acme');
  return 'client' in found ? found.client : undefined;
};

test('an installation keeps its client for as long as its token is the same', async () => {
  const renewed = new Set<string>();
  const of = connections(renewed);
  const first = await clientOf(of, 'i1');
  expect(await clientOf(of, 'i1')).toBe(first);
  renewed.add('i1');
  expect(await clientOf(of, 'i1')).not.toBe(first);
  expect(of.size).toBe(1);
});

test('many installations take the memory of few: the client that was not used for the longest time goes', async () => {
  const of = connections();
  const clients = [];
  for (let n = 0; n < 3; n++) clients.push(await clientOf(of, `i${n}`));
  expect(await clientOf(of, 'i0')).toBe(clients[0]);
  for (let n = 3; n < 100; n++) {
    await clientOf(of, `i${n}`);
    expect(await clientOf(of, 'i0')).toBe(clients[0]);
  }
  expect(of.size).toBe(3);
  expect(await clientOf(of, 'i1')).not.toBe(clients[1]);
});

test('a client that is not used for ten minutes goes', async () => {
  const of = connections();
  const now = Date.now();
  const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
  await clientOf(of, 'i0');
  clock.mockReturnValue(now + 300_000);
  await clientOf(of, 'i1');
  clock.mockReturnValue(now + 601_000);
  await clientOf(of, 'i2');
  expect(of.size).toBe(2);
  clock.mockRestore();
});
