// Whether a delivery costs more when more waits behind it: the same load through ten channels with a thousand ready
// rows in the ledger beside them, and with a million: half of them in other channels of the same lane, half in another
// lane. They belong to an installation that is lost, so they stay; all else is one process at work.
import pg from 'pg';
import { connectSimulatedWorkspace, startPlayground, type Playground } from '@carillon/playground';
import { analyse, holdLane, insertReady } from './ledger.ts';
import { openLoop, type Planned } from './open-loop.ts';
import { figure, percentile, type Figure } from './report.ts';
import { StatementTimes, tellStatementTimes } from './statement-times.ts';
import { control } from './workspace.ts';

const few = 1_000;
const many = 1_000_000;
const heldChannels = 100;
const busyChannels = 10;
const perSecond = 100;
const seconds = 20;
const warmUpSeconds = 5;
const lost = 'bench-lost';

export async function* backlogBench(): AsyncIterable<Figure> {
  const unpaced = { CHANNEL_PER_SECOND: '0', WORKSPACE_PER_MINUTE: '0', LOG_LEVEL: 'warn' };
  const playground = await startPlayground({
    portOffset: 'free',
    quiet: true,
    durable: false,
    services: ['installation', 'preferences', 'delivery'],
    env: { delivery: unpaced },
  });
  const database = new pg.Client({ connectionString: playground.postgres.databaseUrl('delivery', 'migration') });
  try {
    await database.connect();
    const { teamId, installationId, channels } = await connectSimulatedWorkspace(playground, {
      teamId: 'T0BENCH',
      channels: busyChannels,
    });
    await control(playground, '/_sim/limits', { channelPerSecond: 0, workspacePerMinute: 0 });
    await tellStatementTimes(playground, 'delivery');
    await playground.service('delivery').restart();
    const statements = new StatementTimes(playground.postgres.logFile);
    const measure = async (duration: number): Promise<{ claims: number[]; sends: number[] }> => {
      statements.take('claim');
      const passages = await openLoop(playground, plan(installationId, channels, duration));
      return {
        claims: statements.take('claim'),
        sends: passages.map(({ publishedAt, receivedAt }) => receivedAt - publishedAt),
      };
    };
    await holdLane(database, { installation: lost, tenant: 'acme', team: teamId, lane: 'T0HELD' });
    await fill(database, teamId, 0, few);
    await measure(warmUpSeconds);
    const beforeFew = await measure(seconds);
    await fill(database, teamId, few, many);
    await checkpoint(playground);
    await measure(warmUpSeconds);
    const beforeMany = await measure(seconds);
    const details = { goal: 'ratio ≤ 1.5', ready: { ours: many, baseline: few }, claims: beforeMany.claims.length };
    yield figure('backlog', percentile(beforeMany.claims, 0.99), percentile(beforeFew.claims, 0.99), 'ms', 'less', {
      ...details,
      p50: { ours: percentile(beforeMany.claims, 0.5), baseline: percentile(beforeFew.claims, 0.5) },
    });
    yield figure('backlog-sends', percentile(beforeMany.sends, 0.99), percentile(beforeFew.sends, 0.99), 'ms', 'less', {
      p50: { ours: percentile(beforeMany.sends, 0.5), baseline: percentile(beforeFew.sends, 0.5) },
      messages: beforeMany.sends.length,
    });
  } finally {
    await database.end();
    await playground.stop();
  }
}

/** Ready rows number `from` to `to`. */
async function fill(database: pg.Client, teamId: string, from: number, to: number): Promise<void> {
  const [id, team] = [lost, teamId].map((text) => database.escapeLiteral(text));
  await insertReady(
    database,
    `SELECT 'acme' AS tenant, CASE WHEN c % 2 = 0 THEN ${team} ELSE 'T0HELD' END AS lane, 'C0HELD' || c AS channel,
            ${id} AS installation, '{"kind":"slack"}'::json AS destination
       FROM (SELECT n % ${heldChannels} AS c FROM generate_series(${from}, ${to} - 1) AS n) AS g`,
  );
  await analyse(database);
}

/** What the fill has dirtied is written now, not by and by in the middle of what is measured. */
async function checkpoint(playground: Playground): Promise<void> {
  const client = new pg.Client({ connectionString: playground.postgres.url });
  await client.connect();
  try {
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

function plan(installationId: string, channels: readonly string[], duration: number): Planned[] {
  // Two at once for each channel: the first is claimed as it is stored, the second from the queue.
  return Array.from({ length: duration * perSecond }, (_, n) => ({
    atMs: ((n >> 1) * 2_000) / perSecond,
    installationId,
    channel: channels[(n >> 1) % channels.length]!,
  }));
}
