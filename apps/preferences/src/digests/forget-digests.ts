// Deletes digests that are older than the decisions in delivery's gate, and thus older than any record that a topic
// repeats. Guarantees: it deletes small ranges of consecutive pages with pauses between them, so that it blocks nothing
// and needs no index. Of several processes one does it at a time. It does not shrink the table: the space is reused.
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { createLogger } from '@carillon/telemetry';
import { DATABASE, Lifecycle } from '@carillon/runtime';
import type { Pool } from 'pg';
import { defineStatement, inTransaction } from '@carillon/persistence';

export const digestDays = 30;
const pagesAtOnce = 1_000;
const pauseMs = 50;
const everyMs = 24 * 3_600_000;
const forgetLock = 7_310_001;
const log = createLogger('digests');

const pagesSql = `SELECT (pg_relation_size('request_digest') / current_setting('block_size')::bigint)::int AS pages`;
const deleteOld = defineStatement({
  parameters: { fromPage: 'bigint', toPage: 'bigint' },
  text: (p) => `
DELETE FROM request_digest
 WHERE ctid >= format('(%s,0)', ${p.fromPage})::tid AND ctid < format('(%s,0)', ${p.toPage})::tid
   AND seen_on < current_date - ${digestDays}`,
});
const tryLock = `SELECT pg_try_advisory_xact_lock(${forgetLock}) AS held`;

@Injectable()
export class ForgetDigests implements OnApplicationBootstrap {
  private readonly stopping = new AbortController();

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly lifecycle: Lifecycle,
  ) {}

  onApplicationBootstrap(): void {
    const run = (): void => {
      this.forget().catch((error: unknown) =>
        log.warn({ err: error }, 'old digests could not be deleted; the next run tries again'),
      );
    };
    // Not at once: processes that start together would queue for it.
    const first = setTimeout(run, Math.random() * 3_600_000).unref();
    const timer = setInterval(run, everyMs).unref();
    this.lifecycle.onStop('flush', 'digests', () => {
      this.stopping.abort();
      clearTimeout(first);
      clearInterval(timer);
      return Promise.resolve();
    });
  }

  /** Returns how many it deleted. */
  async forget(): Promise<number> {
    const { rows } = await this.pool.query<{ pages: number }>(pagesSql);
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
      const { rows } = await client.query<{ held: boolean }>(tryLock);
      if (!rows[0]?.held) return undefined;
      const { rowCount } = await client.query(deleteOld({ fromPage: page, toPage: page + pagesAtOnce }));
      return rowCount ?? 0;
    });
  }
}
