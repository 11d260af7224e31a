// Everything that Slack and the network in between do to a client. Each fault has workspaces of its own and hits the
// two first messages there, so that all faults happen at once and each is judged alone.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { followedBy, type Load } from './load.ts';
import { nothingLostOrSilentlyDoubled, type Tally } from './nothing-lost-or-silently-doubled.ts';
import type { Fault } from './slack-world.ts';
import { Stage, type Connected } from './stage.ts';
import { teardown } from './teardown.ts';
import { until } from './until.ts';

interface Case {
  name: string;
  fault: Pick<Fault, 'kind' | 'value' | 'after'>;
  /** Whether the message is in Slack all the same, where the sender can not tell. */
  posted?: boolean;
}

/** Longer than a call may take, which is long enough for each call that is answered. */
const callTimeoutMs = 8_000;
const tooLong = 2 * callTimeoutMs;

const refusals: Case[] = [
  { name: '429', fault: { kind: 'rate_limit', value: 1 } },
  { name: 'ratelimited in the body', fault: { kind: 'error', value: 'ratelimited' } },
  { name: 'request_timeout in the body', fault: { kind: 'error', value: 'request_timeout' } },
];

const lostAnswers: Case[] = [
  { name: '500 before', fault: { kind: 'http_500' }, posted: false },
  { name: '500 after', fault: { kind: 'http_500', after: true }, posted: true },
  { name: '503 after', fault: { kind: 'http_500', value: 503, after: true }, posted: true },
  { name: 'internal_error before', fault: { kind: 'error', value: 'internal_error' }, posted: false },
  { name: 'internal_error after', fault: { kind: 'error', value: 'internal_error', after: true }, posted: true },
  { name: 'fatal_error after', fault: { kind: 'error', value: 'fatal_error', after: true }, posted: true },
  { name: 'service_unavailable before', fault: { kind: 'error', value: 'service_unavailable' }, posted: false },
  { name: 'a timeout before', fault: { kind: 'timeout_before', value: tooLong }, posted: false },
  { name: 'a timeout after', fault: { kind: 'timeout_after', value: tooLong }, posted: true },
  { name: 'a reset before', fault: { kind: 'reset_before' }, posted: false },
  { name: 'a reset after', fault: { kind: 'reset_after' }, posted: true },
];

const channels = 4;
const count = 12;
const faulted = 2;

interface Prepared {
  connected: Connected;
  load: Load;
}

let stage: Stage;
const prepared = new Map<string, Prepared>();

async function prepare(
  key: string,
  fault: Case['fault'],
  options: { profile: string; type?: string; channels?: number },
): Promise<void> {
  const connected = await stage.connectWorkspace(`FAULT${prepared.size}`, { channels, ...options });
  prepared.set(key, { connected, load: { sent: [], ids: [], published: Promise.resolve() } });
  await stage.slack.fault({ ...fault, method: 'chat.postMessage', team: connected.teamId, count: faulted });
  prepared.set(key, { connected, load: stage.load([connected], count, Infinity, options.type) });
}

/** How it ended, and how many messages Slack shows. */
async function endOf(key: string): Promise<Tally & { shown: number }> {
  const { connected, load } = prepared.get(key)!;
  const tally = await nothingLostOrSilentlyDoubled(stage, load);
  return { ...tally, shown: (await stage.slack.messages({ team: connected.teamId })).length };
}

beforeAll(async () => {
  stage = await Stage.start({
    env: {
      delivery: {
        CHANNEL_PER_SECOND: '5',
        WORKSPACE_PER_MINUTE: '3000',
        CALL_TIMEOUT_MS: `${callTimeoutMs}ms`,
        LEASE_MS: '16s',
      },
    },
  });
  await stage.slack.limits({ channelPerSecond: 20, workspacePerMinute: 0 });
  for (const { name, fault } of refusals) await prepare(name, fault, { profile: 'public' });
  for (const { name, fault } of lostAnswers) {
    await prepare(`${name}, readable`, fault, { profile: 'agents' });
    await prepare(`${name}, resend`, fault, { profile: 'public' });
    await prepare(`${name}, drop`, fault, { profile: 'public', type: 'product.signal' });
  }
  await prepare('twice', { kind: 'error', value: 'internal_error', after: true }, { profile: 'public', channels: 1 });
});

afterAll(teardown);

const once = { notifications: count, delivered: count, ambiguousFailures: 0, duplicates: 0, flagged: 0, shown: count };

describe('what Slack surely did not do', () => {
  test.each(refusals)('$name: sent again, without a flag', async ({ name }) => {
    expect(await endOf(name)).toMatchObject({ ...once, ambiguousAttempts: 0 });
    const { load } = prepared.get(name)!;
    expect(load.ids.filter((id) => stage.outcomes.of(id)[0]!.attempts > 1).length).toBeGreaterThanOrEqual(faulted);
  });
});

describe('what Slack may have done', () => {
  test.each(lostAnswers)(
    '$name, history granted: looked up, delivered once, without a flag',
    async ({ name, posted }) => {
      expect(await endOf(`${name}, readable`)).toMatchObject(once);
      const lookups = await stage.slack.requests(
        'conversations.history',
        prepared.get(`${name}, readable`)!.connected.teamId,
      );
      expect(lookups.ok).toBeGreaterThanOrEqual(faulted);
      const { ids } = prepared.get(`${name}, readable`)!.load;
      const last = await Promise.all(
        ids.map(async (id) => (await stage.timeline(id))?.decisions[0]?.deliveries[0]?.attempts.at(-1)?.result),
      );
      expect(last.filter((result) => result === 'found')).toHaveLength(posted ? faulted : 0);
    },
  );

  test.each(lostAnswers)('$name, no history: sent once more, flagged', async ({ name, posted }) => {
    const duplicates = posted ? faulted : 0;
    expect(await endOf(`${name}, resend`)).toMatchObject({
      ...once,
      ambiguousAttempts: faulted,
      flagged: faulted,
      duplicates,
      shown: count + duplicates,
    });
  });

  test.each(lostAnswers)(
    '$name, no history, a type that must not double: not sent again, possibly delivered',
    async ({ name, posted }) => {
      const failures = { delivered: count - faulted, ambiguousFailures: faulted, flagged: faulted };
      expect(await endOf(`${name}, drop`)).toMatchObject({
        ...once,
        ...failures,
        ambiguousAttempts: faulted,
        shown: posted ? count : count - faulted,
      });
    },
  );

  test('no answer twice: not sent a third time, possibly delivered; the next of the channel follow in order', async () => {
    expect(await endOf('twice')).toMatchObject({
      delivered: count - 1,
      ambiguousFailures: 1,
      flagged: 1,
      duplicates: 1,
      ambiguousAttempts: 2,
      shown: count + 1,
    });
  });
});

/** How often the log of a service warns that an installation was lost. */
const warningsOfLoss = (service: 'installation' | 'delivery', installationId: string): number =>
  readFileSync(stage.playground.service(service).logFile, 'utf8')
    .split('\n')
    .filter(
      (line) => line.includes('"level":"warn"') && line.includes(installationId) && line.includes('no longer accepts'),
    ).length;

describe('tokens', () => {
  test('the app is removed in the middle of a load: the rest waits and goes out once it is connected again', async () => {
    const connected = await stage.connectWorkspace('REVOKED', { channels: 6 });
    const { installationId, teamId } = connected;
    const first = stage.load([connected], 30, 20);
    await stage.underWay(first, 0.3);
    await stage.slack.uninstall(teamId);
    const load = await followedBy(first, () => stage.load([connected], 30, 20));
    await until('the last to wait for the installation', async () => {
      const timeline = await stage.timeline(load.ids.at(-1)!);
      return timeline?.decisions[0]?.deliveries[0]?.waitingFor?.includes('reconnected');
    });
    for (const service of ['installation', 'delivery'] as const)
      expect([service, warningsOfLoss(service, installationId)]).toEqual([service, 1]);
    await stage.playground.connectWorkspace({ tenant: 'acme', teamId, profile: 'public', installationId });
    expect(await nothingLostOrSilentlyDoubled(stage, load)).toMatchObject({
      delivered: 60,
      duplicates: 0,
      flagged: 0,
      ambiguousAttempts: 0,
    });
  });

  test('rotating tokens change and expire in the middle of a load: nobody notices', async () => {
    const exchanges = async (): Promise<number> => (await stage.slack.requests('oauth.v2.access')).ok;
    // A sender asks for a newer token five minutes before one dies, at most every ten seconds.
    const connected = await stage.connectWorkspace('ROTATING', {
      channels: 4,
      workspace: { rotation: true, tokenLifetimeSeconds: 66 },
    });
    const before = await exchanges();
    const first = stage.load([connected], 30, 10);
    await stage.underWay(first, 0.3);
    await stage.slack.fault({
      kind: 'error',
      value: 'token_expired',
      method: 'chat.postMessage',
      team: connected.teamId,
      count: 3,
    });
    const load = await followedBy(first, () => stage.load([connected], 60, 10));
    expect(await nothingLostOrSilentlyDoubled(stage, load)).toMatchObject({
      delivered: 90,
      duplicates: 0,
      flagged: 0,
      ambiguousAttempts: 0,
    });
    expect(await exchanges()).toBeGreaterThan(before);
  });
});
