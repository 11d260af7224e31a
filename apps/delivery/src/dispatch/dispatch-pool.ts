// The connections of dispatch: its statements touch few rows of tables whose size changes by the minute, and must not
// wait for a row that somebody else has locked.
import { createPool } from '@carillon/persistence';
import type { Pool } from 'pg';

/**
 * Plans are made once per session, often while the tables are empty. With these settings every plan goes row by row
 * through the one index that fits, so the cost of a claim depends on neither the backlog nor on when the plan was made.
 * (A bitmap scan would read the whole queue's index for every row that is claimed, where the statistics call it small.)
 */
const byIndex = { enable_seqscan: 'off', enable_hashjoin: 'off', enable_mergejoin: 'off', enable_bitmapscan: 'off' };

export const createDispatchPool = (url: string): Pool =>
  createPool(url, {
    max: 10,
    applicationName: 'delivery lanes',
    statementTimeoutMs: 5_000,
    settings: { ...byIndex, lock_timeout: '100ms' },
  });
