// The number of installations in each state, for the metrics. Guarantees: it is counted on a timer and never while
// metrics are read, so they are served also while the database does not answer; at most 100,000 installations are
// looked at. Every process shows the same numbers, and the last ones until it can count again.
import { installationStates } from '@carillon/domain';
import type { Pool } from 'pg';
import { installations } from '../metrics.ts';

export const countedEveryMs = 15_000;
const statementMs = 2_000;
const most = 100_000;

export async function countInstallationStates(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ state: string; count: number }>({
    text: `SELECT state, count(*)::integer AS count FROM (SELECT state FROM installation LIMIT ${most}) AS i GROUP BY state`,
    query_timeout: statementMs,
  } as { text: string });
  for (const state of installationStates)
    installations.set({ state }, rows.find((row) => row.state === state)?.count ?? 0);
}
