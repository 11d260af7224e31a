// 1,000 workspaces in one delivery process, each told something in turn: how much later than it could have left a message
// reaches Slack, and what that costs. It could have left when it was published, or a second after the one before it in its
// channel, whichever is later. From end to end: requested on Kafka, through preferences, delivery and the simulator.
import { connectSimulatedWorkspace, startPlayground, type Playground } from '@carillon/playground';
import { openLoop, type Passage, type Planned } from './open-loop.ts';
import { busySeconds, cpuSecondsOf } from './process-time.ts';
import { figure, percentile, type Figure } from './report.ts';
import { control, type Target } from './workspace.ts';

const workspaces = 1_000;
/** Each tenant's workspaces are connected one after the other. */
const tenants = Array.from({ length: 20 }, (_, n) => `tenant-${n}`);
/** A quarter of the load first: a machine of two processors, which also runs Kafka, PostgreSQL and Slack, may not bear all. */
const rates = [0.25, 1];
/** Whole gaps of every rate. */
const seconds = 28;
const goalMs = 250;
const connectingAtOnce = 8;
/** Publishes go out in steps of this. */
const stepMs = 20;

export async function* manyWorkspacesBench(): AsyncIterable<Figure> {
  const quiet = { LOG_LEVEL: 'warn' };
  // Nobody reads the directories of 1,000 workspaces here.
  const services = ['installation', 'preferences', 'delivery'] as const;
  const playground = await startPlayground({ portOffset: 'free', quiet: true, durable: false, services, tenants, env: { installation: quiet, preferences: quiet, delivery: quiet } });
  try {
    // Slack lets an app be installed 100 times a minute; how long the stage takes to be set is not what is measured.
    await control(playground, '/_sim/limits', { methods: { 'oauth.v2.access': null } });
    const connecting = performance.now();
    const connected = await connectMany(playground);
    const connectedInSeconds = Math.round((performance.now() - connecting) / 1_000);
    await openLoop(playground, plan(connected, 0.25, 4));
    for (const rate of rates) {
      const delivery = playground.service('delivery').pid!;
      const before = { cpu: cpuSecondsOf(delivery), busy: busySeconds(), at: performance.now() };
      let used = { cpu: 0, busy: 0 };
      const measuring = setTimeout(() => {
        const elapsed = (performance.now() - before.at) / 1_000;
        used = { cpu: (cpuSecondsOf(delivery) - before.cpu) / elapsed, busy: (busySeconds() - before.busy) / elapsed };
      }, (seconds - 1) * 1_000);
      const late = lateness(await openLoop(playground, plan(connected, rate, seconds), 120_000));
      clearTimeout(measuring);
      yield figure('many-workspaces', percentile(late, 0.99), goalMs, 'ms', 'less', {
        goal: `p99 of the lateness < ${goalMs}, the baseline`,
        workspaces,
        perSecondEach: rate,
        p50: percentile(late, 0.5),
        cpuSecondsPerSecond: Number(used.cpu.toFixed(3)),
        machineBusySecondsPerSecond: Number(used.busy.toFixed(2)),
        connectedInSeconds,
      });
    }
  } finally {
    await playground.stop();
  }
}

/** Each by the way of an admin, some at once. */
async function connectMany(playground: Playground): Promise<Target[]> {
  const connected: Target[] = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: connectingAtOnce }, async () => {
      for (let n = next++; n < workspaces; n = next++) {
        const tenant = tenants[n % tenants.length]!;
        const { installationId, channels: [channel = ''] } = await connectSimulatedWorkspace(playground, { teamId: `T0MANY${n}`, channels: 1, tenant });
        connected.push({ tenant, installationId, channel });
      }
    }),
  );
  return connected;
}

function plan(connected: readonly Target[], perSecond: number, duration: number): Planned[] {
  const everyMs = 1_000 / perSecond;
  return connected.flatMap((target, w) =>
    Array.from({ length: Math.floor(duration * perSecond) }, (_, n) => ({
      atMs: Math.floor((everyMs * (n + w / connected.length)) / stepMs) * stepMs,
      ...target,
    })),
  );
}

function lateness(passages: readonly Passage[]): number[] {
  const before = new Map<string, number>();
  return [...passages]
    .sort((a, b) => a.receivedAt - b.receivedAt)
    .map(({ channel, publishedAt, receivedAt }) => {
      const couldLeave = Math.max(publishedAt, (before.get(channel) ?? -Infinity) + 1_000);
      before.set(channel, receivedAt);
      return Math.max(0, receivedAt - couldLeave);
    });
}
