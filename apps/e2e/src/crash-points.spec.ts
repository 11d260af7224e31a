// kill -9 at each checkpoint: between an effect and its record, on every hop. A preload kills the service at the
// checkpoint (checkpoints/kill-at.ts), so the moment does not depend on luck, and the exit proves that it was reached.
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ServiceName } from '@carillon/playground';
import type { Checkpoint } from '@carillon/telemetry';
import { killAt, noKill } from './checkpoints/kill-at.ts';
import { followedBy, type Load } from './load.ts';
import { nothingLostOrSilentlyDoubled } from './nothing-lost-or-silently-doubled.ts';
import { Stage, type Connected } from './stage.ts';
import { teardown } from './teardown.ts';

interface CrashPoint {
  service: ServiceName;
  checkpoint: Checkpoint;
  /**
   * The process dies when it reaches the checkpoint for this many times: few where that is once a batch, because a slow
   * machine makes few large ones.
   */
  times: number;
  /** Whether requests to Slack may be under way at that moment. */
  mayDouble: boolean;
}

const crashPoints: CrashPoint[] = [
  { service: 'preferences', checkpoint: 'resolution.decided', times: 4, mayDouble: false },
  { service: 'preferences', checkpoint: 'resolution.published', times: 4, mayDouble: false },
  { service: 'delivery', checkpoint: 'ingest.read', times: 4, mayDouble: true },
  { service: 'delivery', checkpoint: 'ingest.stored', times: 4, mayDouble: true },
  { service: 'delivery', checkpoint: 'claim.stored', times: 100, mayDouble: true },
  { service: 'delivery', checkpoint: 'attempt.answered', times: 100, mayDouble: true },
  { service: 'delivery', checkpoint: 'result.stored', times: 8, mayDouble: true },
  { service: 'delivery', checkpoint: 'outbox.published', times: 4, mayDouble: true },
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
});

afterAll(teardown);

/** Publishes until the process is gone, 300 notifications at a time: how soon it dies is the machine's affair. */
async function loadUntil(died: Promise<unknown>): Promise<Load> {
  const end = died.then(() => true);
  let load = stage.load(connected, 300, 100);
  while (!(await Promise.race([end, load.published.then(() => false)])))
    load = await followedBy(load, () => stage.load(connected, 300, 100));
  return load;
}

describe('under a load over 3 workspaces and 24 channels', () => {
  test.each(crashPoints)(
    '$service dies at $checkpoint: nothing lost, nothing doubled silently',
    async ({ service: name, checkpoint, times, mayDouble }) => {
      const service = stage.playground.service(name);
      await service.restart({ env: killAt(checkpoint, times) });
      const died = service.ended();
      const load = await loadUntil(died);
      expect(await died).toEqual({ code: null, signal: 'SIGKILL' });
      const endedBefore = load.ids.filter((id) => stage.outcomes.of(id).length > 0).length;
      expect(endedBefore).toBeLessThan(load.ids.length);
      await service.restart({ env: noKill });
      const { duplicates, ambiguousAttempts } = await nothingLostOrSilentlyDoubled(stage, load);
      if (!mayDouble) expect({ duplicates, ambiguousAttempts }).toEqual({ duplicates: 0, ambiguousAttempts: 0 });
    },
  );
});
