// Finds attempts that the ledger shows as under way in this process's lanes although the process does not carry them
// out.
import type { Pool } from 'pg';
import { createLogger } from '@carillon/telemetry';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { abandonOrphanedAttempts, attemptsUnderWay } from '../ledger/abandoned-attempts.ts';

const log = createLogger('maintenance');

export async function sweepOrphans(pool: Pool, dispatcher: Dispatcher, restMs: number): Promise<void> {
  const lanes = dispatcher.owned().map(({ id }) => id);
  const attempts = await attemptsUnderWay(pool, lanes);
  const orphans = new Set(dispatcher.orphans(attempts.map(({ attemptId }) => attemptId)));
  if (orphans.size === 0) return;
  const abandoned = await abandonOrphanedAttempts(
    pool,
    attempts.filter(({ attemptId }) => orphans.has(attemptId)),
    restMs,
  );
  if (abandoned > 0) log.warn({ attempts: abandoned }, 'attempts that nobody carried out became unknown');
  dispatcher.wake(lanes);
}
