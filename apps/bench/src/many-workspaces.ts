// 1,000 workspaces in one delivery process: how much later than it could have left a message reaches Slack, and what
// that costs. From end to end, through Kafka and preferences, each is told something every 4 s: a machine of two
// processors, which also runs the servers and Slack, bears no more. From a ledger that is full already, each sends once
// a second.
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { startPlayground, until, type Playground } from '@carillon/playground';
import { connectMany, tenants } from './connect-many.ts';
import { fillPaused, letGo } from './full-ledger.ts';
import { liveDeliveries } from './ledger.ts';
import { openLoop, type Passage, type Planned } from './open-loop.ts';
import { usageFromNow, type Usage } from './process-time.ts';
import { figure, percentile, type Figure } from './report.ts';
import { messages, type Target } from './workspace.ts';

const workspaces = 1_000;
const goalMs = 250;
/** What Slack allows a channel. */
const gapMs = 1_000;
/** From end to end: how often each is told something, in whole gaps. */
const perSecond = 0.25;
const seconds = 28;
/** Publishes go out in steps of this. */
const stepMs = 20;
/** From the ledger: more than a lane holds in memory, so that it reads its queue on the way, as it would in earnest. */
const each = 30;

export async function* manyWorkspacesBench(): AsyncIterable<Figure> {
  const quiet = { LOG_LEVEL: 'warn' };
  // Nobody reads the directories of 1,000 workspaces here.
  const services = ['installation', 'preferences', 'delivery'] as const;
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    services,
    tenants,
    env: { installation: quiet, preferences: quiet, delivery: quiet },
  });
  try {
    const connecting = performance.now();
    const connected: Target[] = (await connectMany(playground, { workspaces, channels: 1 })).map(
      ({ channels: [channel = ''], ...workspace }) => ({ ...workspace, channel }),
    );
    const connectedInSeconds = Math.round((performance.now() - connecting) / 1_000);
    await openLoop(playground, plan(connected, 1 / perSecond));
    const through = await fromEndToEnd(playground, connected);
    yield figureOf('many-workspaces', through.late, { perSecondEach: perSecond, ...through.usage, connectedInSeconds });
    const sent = await fromFullLedger(playground, connected);
    yield figureOf('many-workspaces-sends', sent.late, { perSecondEach: 1, ...sent.usage, tookSeconds: sent.seconds });
  } finally {
    await playground.stop();
  }
}

interface Measured {
  late: number[];
  usage: Usage;
}

function figureOf(bench: string, late: readonly number[], details: object): Figure {
  const goal = `p99 of the lateness < ${goalMs}, the baseline`;
  return figure(bench, percentile(late, 0.99), goalMs, 'ms', 'less', {
    goal,
    workspaces,
    p50: percentile(late, 0.5),
    messages: late.length,
    ...details,
  });
}

async function fromEndToEnd(playground: Playground, connected: readonly Target[]): Promise<Measured> {
  const used = usageFromNow(playground.service('delivery').pid!);
  const usage = delay((seconds - 1) * 1_000).then(used);
  const passages = await openLoop(playground, plan(connected, seconds), 120_000);
  return { late: lateness(passages), usage: await usage };
}

/** What is used is counted while all lanes send: neither while they are let go nor while the last ones end. */
async function fromFullLedger(
  playground: Playground,
  connected: readonly Target[],
): Promise<Measured & { seconds: number }> {
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery') });
  await database.connect();
  try {
    await fillPaused(playground, database, connected, each);
    await playground.service('preferences').stop();
    const begun = Date.now();
    await letGo(database, gapMs);
    const used = usageFromNow(playground.service('delivery').pid!);
    await delay((each - 3) * gapMs);
    const usage = used();
    await until('all sent', async () => (await liveDeliveries(database)) === 0, { timeoutMs: 60_000, everyMs: 500 });
    const seen = await messages(playground, { since: String(begun) });
    if (seen.length !== connected.length * each)
      throw new Error(`Slack has ${seen.length} of ${connected.length * each} messages.`);
    // The first of a channel waited for its lane alone, which says nothing of the pace.
    const late = lateness(seen.map((message) => ({ ...message, publishedAt: -Infinity }))).filter(
      (ms) => ms < Infinity,
    );
    return { late, usage, seconds: (Math.max(...seen.map(({ receivedAt }) => receivedAt)) - begun) / 1_000 };
  } finally {
    await database.end();
  }
}

function plan(connected: readonly Target[], duration: number): Planned[] {
  const everyMs = 1_000 / perSecond;
  return connected.flatMap((target, w) =>
    Array.from({ length: Math.floor(duration * perSecond) }, (_, n) => ({
      atMs: Math.floor((everyMs * (n + w / connected.length)) / stepMs) * stepMs,
      ...target,
    })),
  );
}

/** It could have left when it was published, or a second after the one before it in its channel, whichever is later. */
function lateness(passages: readonly Passage[]): number[] {
  const before = new Map<string, number>();
  return [...passages]
    .sort((a, b) => a.receivedAt - b.receivedAt)
    .map(({ channel, publishedAt, receivedAt }) => {
      const couldLeave = Math.max(publishedAt, (before.get(channel) ?? -Infinity) + gapMs);
      before.set(channel, receivedAt);
      return Math.max(0, receivedAt - couldLeave);
    });
}
