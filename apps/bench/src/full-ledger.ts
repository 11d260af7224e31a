// Sending alone: everything stands in the ledger before anything may leave, so that Kafka and preferences are through
// with it. Lanes are held by an operator's pause, and let go one after the other, so that they do not beat in step.
import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { kafkaClient, until, type Playground } from '@carillon/playground';
import { liveDeliveries } from './ledger.ts';
import { prefill } from './prefill.ts';
import { requested } from './prefill.ts';
import { request, type Target } from './workspace.ts';

/** Owners look at their lanes once a second. */
const pauseNoticedMs = 2_500;
const sliceMs = 20;

/** Publishes `each` messages to every target, and resolves when all of them wait in lanes that are paused. */
export async function fillPaused(
  playground: Playground,
  database: pg.Client,
  targets: readonly Target[],
  each: number,
): Promise<void> {
  await database.query(`UPDATE lane SET paused_at = now(), paused_by = 'bench', pause_reason = 'filling'`);
  await new Promise((resolve) => setTimeout(resolve, pauseNoticedMs));
  const run = randomUUID();
  const count = targets.length * each;
  await prefill(kafkaClient(playground.kafka.brokers, 'bench'), requested, count, (n) =>
    request(targets[n % targets.length]!, `${run}-${n}`, `Report ${n}`),
  );
  // What had been sent in spite of the pause would be missing here for good.
  await until('all of the load in the ledger', async () => (await liveDeliveries(database)) === count, {
    timeoutMs: 120_000,
    everyMs: 500,
  });
}

/** Lets all lanes go, spread evenly over a time. */
export async function letGo(database: pg.Client, overMs: number): Promise<void> {
  const { rows } = await database.query<{ lane: string }>(
    'SELECT lane_id AS lane FROM lane WHERE paused_at IS NOT NULL ORDER BY lane_id',
  );
  const begun = performance.now();
  for (let next = 0; next < rows.length; ) {
    const due = Math.ceil(Math.min(1, (performance.now() - begun) / overMs) * rows.length);
    const slice = rows.slice(next, due);
    if (slice.length > 0) {
      await database.query(
        'UPDATE lane SET paused_at = NULL, paused_by = NULL, pause_reason = NULL WHERE lane_id = ANY($1)',
        [slice.map(({ lane }) => lane)],
      );
      // An owner that hears of nothing in particular looks at its lanes' pauses at once.
      await database.query(`SELECT pg_notify('lanes', '')`);
      next = due;
    }
    await new Promise((resolve) => setTimeout(resolve, sliceMs));
  }
}
