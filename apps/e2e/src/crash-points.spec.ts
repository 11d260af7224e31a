// kill -9 at the very moments that matter: between an effect and its record, on every hop. The service kills itself
// there (CARILLON_CRASH_AT), so no luck is needed to meet the moment, and its exit proves that it was met.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until, type ServiceName } from '@carillon/playground';
import { nothingLostOrSilentlyDoubled } from './nothing-lost-or-silently-doubled.ts';
import { Stage, type Connected } from './stage.ts';

interface CrashPoint {
  service: ServiceName;
  step: string;
  /** The how-manieth time; batches are fewer than messages. */
  time: number;
  /** Whether requests to Slack may be under way at that moment. */
  mayDouble: boolean;
}

const crashPoints: CrashPoint[] = [
  { service: 'preferences', step: 'resolution.decided', time: 12, mayDouble: false },
  { service: 'preferences', step: 'resolution.published', time: 12, mayDouble: false },
  { service: 'delivery', step: 'ingest.read', time: 12, mayDouble: true },
  { service: 'delivery', step: 'ingest.stored', time: 12, mayDouble: true },
  { service: 'delivery', step: 'claim.stored', time: 100, mayDouble: true },
  { service: 'delivery', step: 'attempt.answered', time: 100, mayDouble: true },
  { service: 'delivery', step: 'result.stored', time: 25, mayDouble: true },
  { service: 'delivery', step: 'outbox.published', time: 10, mayDouble: true },
];

let stage: Stage;
let connected: Connected[];

beforeAll(async () => {
  stage = await Stage.set({
    autoRestart: false,
    env: { delivery: { CHANNEL_PER_SECOND: '5', WORKSPACE_PER_MINUTE: '3000' } },
  });
  await stage.slack.limits({ channelPerSecond: 20, workspacePerMinute: 0 });
  connected = await stage.connectWorkspaces(3, 8);
}, 120_000);

afterAll(() => stage?.strike(), 60_000);

describe('under a load of 300 notifications over 3 workspaces and 24 channels', () => {
  test.each(crashPoints)(
    '$service dies at $step: nothing lost, nothing doubled silently',
    async ({ service: name, step, time, mayDouble }) => {
      const service = stage.playground.service(name);
      await service.restart({ env: { CARILLON_CRASH_AT: `${step}@${time}` } });
      const load = stage.load(connected, 300, 100);
      await until(`${name} to die at ${step}`, () => service.pid === undefined, { timeoutMs: 60_000 });
      expect(await service.ended()).toEqual({ code: null, signal: 'SIGKILL' });
      const endedBefore = load.ids.filter((id) => stage.outcomes.of(id).length > 0).length;
      expect(endedBefore).toBeLessThan(load.ids.length);
      await service.restart({ env: { CARILLON_CRASH_AT: '' } });
      const { duplicates, ambiguousAttempts } = await nothingLostOrSilentlyDoubled(stage, load);
      if (!mayDouble) expect({ duplicates, ambiguousAttempts }).toEqual({ duplicates: 0, ambiguousAttempts: 0 });
    },
    180_000,
  );
});
