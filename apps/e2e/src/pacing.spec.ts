// Pacing before 429, with Slack's own limits in force.
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Stage } from './stage.ts';

// These promises are about time, and the machine may stall for seconds on its own: a pace that is wrong fails every
// try.
jest.retryTimes(3, { logErrorsBeforeRetry: true });

let stage: Stage;
let connected: Awaited<ReturnType<Stage['connectWorkspaces']>>;

beforeAll(async () => {
  stage = await Stage.set();
  connected = await stage.connectWorkspaces(2, 10);
}, 120_000);

afterAll(() => stage?.strike(), 60_000);

const title = (text: string): number => Number(/Report (\d+)/.exec(text)?.[1]);

describe('pacing', () => {
  test('200 messages over 10 channels finish within 1.1 of the ideal 19 s, without a 429, in order per channel', async () => {
    const [workspace] = connected;
    const begun = Date.now();
    const before = (await stage.slack.requests('chat.postMessage', workspace!.teamId)).rateLimited;
    const { ids, published } = stage.load([workspace!], 200);
    await published;
    await stage.ended(ids, 60_000);
    const messages = (await stage.slack.messages({ team: workspace!.teamId })).filter(
      (message) => message.receivedAt >= begun,
    );
    expect(messages).toHaveLength(200);
    const times = messages.map((message) => message.receivedAt);
    expect((Math.max(...times) - Math.min(...times)) / 1000).toBeLessThanOrEqual(19 * 1.1);
    expect((await stage.slack.requests('chat.postMessage', workspace!.teamId)).rateLimited - before).toBe(0);
    for (const channel of workspace!.channels) {
      const order = messages
        .filter((message) => message.channel === channel)
        .sort((a, b) => a.receivedAt - b.receivedAt)
        .map((message) => title(JSON.stringify(message)));
      expect(order).toEqual([...order].sort((a, b) => a - b));
      expect(order).toHaveLength(20);
    }
  }, 90_000);

  test('a 429 in one workspace delays no other', async () => {
    const [limited, other] = connected;
    await stage.slack.fault({
      kind: 'rate_limit',
      method: 'chat.postMessage',
      team: limited!.teamId,
      value: 8,
      count: 1,
    });
    const begun = Date.now();
    const before = (await stage.slack.requests('chat.postMessage', limited!.teamId)).rateLimited;
    const { ids: held, published: toLimited } = stage.load([limited!], 10);
    const { ids: free, published: toOther } = stage.load([other!], 10);
    await Promise.all([toLimited, toOther]);
    await stage.ended(free, 30_000);
    const freeAt = (await stage.slack.messages({ team: other!.teamId }))
      .map((message) => message.receivedAt - begun)
      .filter((ms) => ms >= 0);
    expect(freeAt).toHaveLength(10);
    expect(Math.max(...freeAt)).toBeLessThan(5_000);
    await stage.ended(held, 60_000);
    const heldAt = (await stage.slack.messages({ team: limited!.teamId }))
      .map((message) => message.receivedAt)
      .filter((at) => at > begun);
    expect(heldAt).toHaveLength(10);
    expect((await stage.slack.requests('chat.postMessage', limited!.teamId)).rateLimited - before).toBeLessThanOrEqual(
      2,
    );
  }, 90_000);
});
