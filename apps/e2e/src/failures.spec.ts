// Nothing is lost and nothing is doubled silently when a process, the broker or the database dies.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ServiceName } from '@carillon/playground';
import { serverTargets } from './chaos/targets.ts';
import { freezeServers } from './frozen-servers.ts';
import { nothingLostOrSilentlyDoubled } from './nothing-lost-or-silently-doubled.ts';
import { beyondShortCallMs, shortCalls, Stage, type Connected } from './stage.ts';
import { teardown } from './teardown.ts';
import { until } from './until.ts';

let stage: Stage;
let connected: Connected[];

beforeAll(async () => {
  stage = await Stage.start({
    env: { delivery: { ...shortCalls, CHANNEL_PER_SECOND: '5', WORKSPACE_PER_MINUTE: '3000' } },
  });
  await stage.slack.limits({ channelPerSecond: 20, workspacePerMinute: 0 });
  connected = await stage.connectWorkspaces(4, 10);
});

afterAll(teardown);

describe('under a load of 2,000 notifications over 4 workspaces and 40 channels', () => {
  test.each<ServiceName>(['preferences', 'delivery'])(
    'kill -9 of %s loses none; duplicates only among those in flight, flagged',
    async (service) => {
      const load = stage.load(connected, 2_000, 200);
      for (const share of [0.1, 0.4]) {
        await stage.underWay(load, share);
        await stage.playground.service(service).kill('SIGKILL');
      }
      const { duplicates } = await nothingLostOrSilentlyDoubled(stage, load);
      // What was in flight at two kills: at most one request per channel each time.
      expect(duplicates).toBeLessThanOrEqual(service === 'delivery' ? 80 : 0);
    },
  );

  test('a broker stopped and started again loses none', async () => {
    const load = stage.load(connected, 1_000, 200);
    await stage.underWay(load, 0.1);
    await serverTargets(stage.playground).kafka.kill();
    await nothingLostOrSilentlyDoubled(stage, load);
  });

  test('a database stopped and started again loses none', async () => {
    const load = stage.load(connected, 1_000, 200);
    await stage.underWay(load, 0.1);
    await serverTargets(stage.playground).postgres.kill();
    await nothingLostOrSilentlyDoubled(stage, load);
  });
});

describe('while PostgreSQL and Kafka accept connections and do not answer', () => {
  test('SIGTERM ends each service, which says that it did not wait for everything', async () => {
    const services = (['installation', 'directory-sync', 'preferences', 'delivery'] as const).map((name) =>
      stage.playground.service(name),
    );
    const ends = Promise.all(services.map((service) => service.ended()));
    const thaw = freezeServers(stage.playground);
    try {
      await Promise.all(services.map((service) => service.kill('SIGTERM')));
      // Not 0: steps of the shutdown were left behind.
      expect(await ends).toEqual(services.map(() => ({ code: 1, signal: null })));
    } finally {
      thaw();
    }
    await Promise.all(services.map((service) => service.waitReady()));
  });
});

describe('while Slack misbehaves', () => {
  test('lost answers, 5xx and resets lose none and double none silently', async () => {
    const fault = { method: 'chat.postMessage', probability: 0.05 };
    await stage.slack.fault(
      { ...fault, kind: 'http_500' },
      { ...fault, kind: 'timeout_after', value: beyondShortCallMs },
      { ...fault, kind: 'reset_after' },
    );
    const load = stage.load(connected, 400);
    await stage.underWay(load, 0.6);
    await stage.slack.clearFaults();
    const { ambiguousAttempts } = await nothingLostOrSilentlyDoubled(stage, load);
    expect(ambiguousAttempts).toBeGreaterThan(0);
  });
});

describe('a directory', () => {
  test('kill -9 of directory-sync in the middle of a sync: links end complete', async () => {
    const people = Array.from({ length: 1_200 }, (_, n) => ({
      id: `U0BIG${n}`,
      name: `Person ${n}`,
      email: `person${n}@big.test`,
    }));
    const teamId = 'T0BIG';
    await stage.slack.workspace({ id: teamId, name: 'Big', users: people });
    await stage.product.declareMembers(
      people.map(({ name, email }, n) => ({ tenantId: 'globex', memberId: `m${n}`, email, name, active: true })),
    );
    const before = (await stage.slack.requests('users.list', teamId)).ok;
    const { installationId } = await stage.playground.connectWorkspace({ tenant: 'globex', teamId, profile: 'direct' });
    await until(
      'the sync to be under way',
      async () => (await stage.slack.requests('users.list', teamId)).ok >= before + 2,
      { everyMs: 5 },
    );
    await stage.playground.service('directory-sync').kill('SIGKILL');
    await until(
      'every member to be linked',
      async () => (await stage.linkedPeople('globex', installationId)) === people.length,
      { everyMs: 500 },
    );
  });
});
