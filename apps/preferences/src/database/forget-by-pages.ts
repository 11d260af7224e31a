// Deletes the old rows of a large table, once a day. Guarantees: it deletes small ranges of consecutive pages with
// pauses between them, so that it blocks nothing and needs no index. Of several processes one does it at a time. It
// does not shrink the table: the space is reused.
import { defineStatement, inTransaction } from '@carillon/persistence';
import type { Lifecycle } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import type { Pool } from 'pg';

const pagesAtOnce = 1_000;
const pauseMs = 50;
const everyMs = 24 * 3_600_000;
const withinMs = 3_600_000;
const log = createLogger('retention');

export interface OldRows {
  table: string;
  /** Which rows are old, in SQL. */
  condition: string;
  /** Of the advisory lock: another one for each table. */
  lock: number;
}

export class ForgetByPages {
  private readonly stopping = new AbortController();
  private readonly deleteOld;

  constructor(
    private readonly pool: Pool,
    private readonly old: OldRows,
  ) {
    const { table, condition } = old;
    this.deleteOld = defineStatement({
      parameters: { fromPage: 'bigint', toPage: 'bigint' },
      text: (p) => `
DELETE FROM ${table}
 WHERE ctid >= format('(%s,0)', ${p.fromPage})::tid AND ctid < format('(%s,0)', ${p.toPage})::tid
   AND ${condition}`,
    });
  }

  startWith(lifecycle: Lifecycle): void {
    const { table } = this.old;
    const run = (): void => {
      this.forget().catch((error: unknown) =>
        log.warn({ err: error, table }, 'old rows could not be deleted; the next run tries again'),
      );
    };
    // Not at once: processes that start together would queue for it.
    const first = setTimeout(run, Math.random() * withinMs).unref();
    const timer = setInterval(run, everyMs).unref();
    lifecycle.onStop('flush', table, () => {
      this.stopping.abort();
      clearTimeout(first);
      clearInterval(timer);
      return Promise.resolve();
    });
  }

  /** Returns how many it deleted. */
  async forget(): Promise<number> {
    const { rows } = await this.pool.query<{ pages: number }>(
      `SELECT (pg_relation_size('${this.old.table}') / current_setting('block_size')::bigint)::int AS pages`,
    );
    let deleted = 0;
    for (let page = 0; page < (rows[0]?.pages ?? 0) && !this.stopping.signal.aborted; page += pagesAtOnce) {
      const step = await this.step(page);
      if (step === undefined) return deleted;
      deleted += step;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    return deleted;
  }

  /** Undefined: another process does it. */
  private step(page: number): Promise<number | undefined> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ held: boolean }>(
        `SELECT pg_try_advisory_xact_lock(${this.old.lock}) AS held`,
      );
      if (!rows[0]?.held) return undefined;
      const { rowCount } = await client.query(this.deleteOld({ fromPage: page, toPage: page + pagesAtOnce }));
      return rowCount ?? 0;
    });
  }
}
