// kill -9 at each checkpoint: between an effect and its record, on every hop. A preload kills the service at the
// checkpoint (checkpoints/kill-at.ts), so the moment does not depend on luck, and the exit proves that it was reached.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until, type ServiceName } from '@carillon/playground';
import type { Checkpoint } from '@carillon/telemetry';
import { killAt, noKill } from './checkpoints/kill-at.ts';
import { nothingLostOrSilentlyDoubled } from './nothing-lost-or-silently-doubled.ts';
import { Stage, type Connected } from './stage.ts';

interface CrashPoint {
  service: ServiceName;
  checkpoint: Checkpoint;
  /** The process dies when it reaches the checkpoint for this many times; batches are fewer than messages. */
  times: number;
  /** Whether requests to Slack may be under way at that moment. */
  mayDouble: boolean;
}

const crashPoints: CrashPoint[] = [
  { service: 'preferences', checkpoint: 'resolution.decided', times: 12, mayDouble: false },
  { service: 'preferences', checkpoint: 'resolution.published', times: 12, mayDouble: false },
  { service: 'delivery', checkpoint: 'ingest.read', times: 12, mayDouble: true },
  { service: 'delivery', checkpoint: 'ingest.stored', times: 12, mayDouble: true },
  { service: 'delivery', checkpoint: 'claim.stored', times: 100, mayDouble: true },
  { service: 'delivery', checkpoint: 'attempt.answered', times: 100, mayDouble: true },
  { service: 'delivery', checkpoint: 'result.stored', times: 25, mayDouble: true },
  { service: 'delivery', checkpoint: 'outbox.published', times: 10, mayDouble: true },
];

let stage: Stage;
let connected: Connected[];

beforeAll(async () => {
  stage = await Stage.start({
    autoRestart: false,
    env: { delivery: { CHANNEL_PER_SECOND: '5', WORKSPACE_PER_MINUTE: '3000' } },
  });
  await stage.slack.limits({ channelPerSecond: 20, workspacePerMinute: 0 });
  connected = await stage.connectWorkspaces(3, 8);
}, 120_000);

afterAll(() => stage?.stop(), 60_000);

describe('under a load of 300 notifications over 3 workspaces and 24 channels', () => {
  test.each(crashPoints)(
    '$service dies at $checkpoint: nothing lost, nothing doubled silently',
    async ({ service: name, checkpoint, times, mayDouble }) => {
      const service = stage.playground.service(name);
      await service.restart({ env: killAt(checkpoint, times) });
      const load = stage.load(connected, 300, 100);
      await until(`${name} to die at ${checkpoint}`, () => service.pid === undefined, { timeoutMs: 60_000 });
      expect(await service.ended()).toEqual({ code: null, signal: 'SIGKILL' });
      const endedBefore = load.ids.filter((id) => stage.outcomes.of(id).length > 0).length;
      expect(endedBefore).toBeLessThan(load.ids.length);
      await service.restart({ env: noKill });
      const { duplicates, ambiguousAttempts } = await nothingLostOrSilentlyDoubled(stage, load);
      if (!mayDouble) expect({ duplicates, ambiguousAttempts }).toEqual({ duplicates: 0, ambiguousAttempts: 0 });
    },
    180_000,
  );
});
