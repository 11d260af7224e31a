// The number of installations in each state, read from the database when the metrics are read. Guarantee: metrics are
// served also while the database does not answer; the gauge then has no value. Every process shows the same numbers.
import { installationStates } from '@carillon/domain';
import { gauge } from '@carillon/telemetry';
import type { Pool } from 'pg';

const statementMs = 2_000;

export function showInstallations(pool: Pool): void {
  gauge('carillon_installations', 'Installations by state.', ['state'], async (shown) => {
    shown.reset();
    try {
      const { rows } = await pool.query<{ state: string; count: number }>({
        text: 'SELECT state, count(*)::integer AS count FROM installation GROUP BY state',
        query_timeout: statementMs,
      } as { text: string });
      for (const state of installationStates) shown.set({ state }, rows.find((row) => row.state === state)?.count ?? 0);
    } catch {
      // The database's own metrics and the readiness say that it is away.
    }
  });
}
