import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Limits } from './limits.ts';
import { acme, direct, refusal, useSimulator } from './testing/fixture.ts';

const post = 'chat.postMessage';

describe('by the clock', () => {
  test('a channel takes one message a second, and never more in the long run', () => {
    const limits = new Limits();
    limits.change({ channelBlocks: 'channel' });
    let taken = 0;
    for (let now = 1000; now < 61_000; now += 90) if (limits.takeChannel('T', post, 'C', now) === 0) taken += 1;
    expect(taken).toBeGreaterThanOrEqual(59);
    expect(taken).toBeLessThanOrEqual(61);
  });

  test('a message that comes a little early is taken, for networks are not clocks', () => {
    const limits = new Limits();
    expect([0, 950, 1930].map((now) => limits.takeChannel('T', post, 'C', now + 5000))).toEqual([0, 0, 0]);
    expect(limits.takeChannel('T', post, 'C', 7850)).toBe(1);
  });

  test('a workspace takes 1,200 posts in a burst and then 20 a second', () => {
    const limits = new Limits();
    for (let i = 0; i < 1200; i++) expect(limits.takePosting('T', post, 1000)).toBe(0);
    expect(limits.takePosting('T', post, 1000)).toBe(1);
    expect(limits.takePosting('T2', post, 1000)).toBe(0);
    for (let i = 0; i < 20; i++) expect(limits.takePosting('T', post, 2000)).toBe(0);
    expect(limits.takePosting('T', post, 2000)).toBe(1);
  });

  test('as a window, a workspace takes so many posts in any trailing minute, and never refuses one that fits', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 20_000 }), { minLength: 1, maxLength: 300 }),
        (most, gaps) => {
          const limits = new Limits();
          limits.change({ workspacePerMinute: most, workspaceShape: 'window', retryAfter: 1 });
          const taken: number[] = [];
          let now = 0;
          for (const gap of gaps) {
            now += gap;
            const inLastMinute = taken.filter((at) => at > now - 60_000).length;
            const wait = limits.takePosting('T', post, now);
            expect(wait).toBe(inLastMinute < most ? 0 : 1);
            if (wait === 0) taken.push(now);
          }
        },
      ),
    );
  });

  test('messages in several channels are taken together or not at all', () => {
    const limits = new Limits();
    limits.change({ channelBlocks: 'channel' });
    expect(limits.takeChannel('T', post, 'A', 1000)).toBe(0);
    expect(limits.takeChannels('T', post, ['A', 'B'], 1500)).toBe(1);
    expect(limits.takeChannels('T', post, ['B', 'C'], 1500)).toBe(0);
  });

  test('a refusal blocks the method until Retry-After has passed, and nothing else', () => {
    const limits = new Limits();
    limits.takeChannel('T', post, 'C', 1000);
    expect(limits.takeChannel('T', post, 'C', 1100)).toBe(1);
    expect(limits.blockedFor('T', post, 1200)).toBe(1);
    expect(limits.blockedFor('T', 'users.info', 1200)).toBe(0);
    expect(limits.blockedFor('T2', post, 1200)).toBe(0);
    expect(limits.blockedFor('T', post, 2100)).toBe(0);
  });

  test('a tier says how long the next call has to wait', () => {
    const limits = new Limits();
    for (let i = 0; i < 20; i++) expect(limits.takeMethod('T', 'users.list', 20, 1000)).toBe(0);
    expect(limits.takeMethod('T', 'users.list', 20, 1000)).toBe(3);
  });
});

describe('over HTTP', () => {
  const slack = useSimulator(() => ({}), true);

  test('the second message within a second gets 429 with Retry-After: 1, by person’s id or D… id alike', async () => {
    const client = await slack.installed(direct);
    const { channel = '' } = await client.chat.postMessage({ channel: 'U0ADA', text: 'one' });
    await expect(client.chat.postMessage({ channel, text: 'two' })).rejects.toMatchObject({
      code: 'slack_webapi_rate_limited_error',
      retryAfter: 1,
    });
    const response = await fetch(`${slack.url}/api/chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${client.token}` },
      body: new URLSearchParams({ channel, text: 'three' }),
    });
    expect([response.status, response.headers.get('retry-after'), await response.json()]).toEqual([
      429,
      '1',
      { ok: false, error: 'ratelimited' },
    ]);
    expect(await slack.messages()).toHaveLength(1);
  });

  test('a channel’s overrun blocks posting in its workspace, while other methods and workspaces stay open', async () => {
    await slack.control('POST', 'workspaces', { ...acme, id: 'T0OTHER' });
    const client = await slack.installed('chat:write,users:read');
    const back = await slack.decide({ scope: 'chat:write' }, { team: 'T0OTHER', decision: 'allow' });
    const other = slack.client(
      String((await slack.access({ code: back.searchParams.get('code') ?? '' })).access_token),
    );
    await client.chat.postMessage({ channel: 'C0GENERAL', text: 'one' });
    const limited = 'slack_webapi_rate_limited_error';
    expect(await refusal(client.chat.postMessage({ channel: 'C0GENERAL', text: 'two' }))).toBe(limited);
    expect(await refusal(client.chat.postMessage({ channel: 'C0TEAM', text: 'elsewhere' }))).toBe(limited);
    expect(await refusal(client.users.list({ limit: 1 }))).toBe('ok');
    expect(await refusal(other.chat.postMessage({ channel: 'C0GENERAL', text: 'one' }))).toBe('ok');
    expect(await slack.control('GET', `requests?team=${acme.id}&items=false`)).toMatchObject({
      byMethod: { 'chat.postMessage': { ok: 1, rateLimited: 2 } },
    });
  });

  test('sharing files counts as a message of its channel, and is refused with nothing shared', async () => {
    const client = await slack.installed('chat:write,files:write,files:read');
    const files = [{ id: await slack.upload(client) }] as [{ id: string }];
    const share = (channels: string) => refusal(client.apiCall('files.completeUploadExternal', { files, channels }));
    const limited = 'slack_webapi_rate_limited_error';
    await client.chat.postMessage({ channel: 'C0GENERAL', text: 'one' });
    expect(await share('C0TEAM,C0GENERAL')).toBe(limited);
    expect(await slack.messages()).toHaveLength(1);
    await slack.control('POST', 'limits', { channelBlocks: 'channel' });
    expect(await share('C0TEAM')).toBe('ok');
    expect(await refusal(client.chat.postMessage({ channel: 'C0TEAM', text: 'two' }))).toBe(limited);
    expect(await refusal(client.chat.postMessage({ channel: 'C0GENERAL', text: 'two' }))).toBe('ok');
  });

  test('history is read once a minute and 15 at a time by apps sold outside the marketplace', async () => {
    await slack.control('POST', 'limits', { restrictedHistory: true, channelPerSecond: null });
    const client = await slack.installed('chat:write,channels:history');
    const channel = 'C0GENERAL';
    const { ts = '' } = await client.chat.postMessage({ channel, text: 'parent' });
    for (let i = 0; i < 20; i++) await client.chat.postMessage({ channel, text: String(i) });
    const page = await client.conversations.history({ channel, limit: 200 });
    expect([page.messages?.length, page.has_more]).toEqual([15, true]);
    await expect(client.conversations.history({ channel })).rejects.toMatchObject({ retryAfter: 60 });
    expect(await refusal(client.conversations.replies({ channel, ts }))).toBe('ok');
    await expect(client.conversations.replies({ channel, ts })).rejects.toMatchObject({ retryAfter: 60 });
  });

  test('limits can be changed and switched off', async () => {
    await slack.control('POST', 'limits', { channelPerSecond: 0, workspacePerMinute: 3, methods: { 'users.info': 1 } });
    const client = await slack.installed('chat:write,users:read');
    const codes = [];
    for (let i = 0; i < 4; i++) codes.push(await refusal(client.chat.postMessage({ channel: 'U0ADA', text: 'hi' })));
    expect(codes).toEqual(['ok', 'ok', 'ok', 'slack_webapi_rate_limited_error']);
    expect(await refusal(client.users.info({ user: 'U0ADA' }))).toBe('ok');
    expect(await refusal(client.users.info({ user: 'U0ADA' }))).toBe('slack_webapi_rate_limited_error');
  });

  test('users.list takes a tier-2 minute’s worth', async () => {
    const client = await slack.installed('users:read');
    const codes = [];
    for (let i = 0; i < 21; i++) codes.push(await refusal(client.users.list({ limit: 1 })));
    expect(codes.filter((c) => c === 'ok')).toHaveLength(20);
    expect(codes[20]).toBe('slack_webapi_rate_limited_error');
  });
});
