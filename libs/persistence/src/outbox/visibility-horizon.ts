// Computes the visibility horizon of the outbox: no row with an id up to it can appear any more, so a reader may start
// behind it.
//
// Ids are assigned before their transactions commit, so rows with smaller ids may appear after larger ones. An
// inserting transaction locks the table before it gets an id, and keeps the lock until it ends. So no row up to the
// last assigned id can appear any more when every transaction that held such a lock just after that id was read has
// ended.
//
// Without the horizon the relay would start at the first id each time, and would skip every deleted row that vacuum
// cannot remove yet because of an older snapshot (a backup, a forgotten transaction).
import type { Session } from './session.ts';

const EVERY_MS = 500;

export class VisibilityHorizon {
  /** Every row with an id up to this one is visible to statements that start from now on, or never will be. */
  settled = 0;
  private candidate: { upTo: number; holders: readonly string[] } | undefined;
  private nextAt = 0;

  constructor(
    private readonly session: Session,
    private readonly everyMs = EVERY_MS,
  ) {}

  async advance(): Promise<void> {
    if (performance.now() < this.nextAt) return;
    this.nextAt = Infinity;
    try {
      // In this order: a transaction that locks the table after the second statement gets a larger id than the first
      // read.
      const upTo = await this.lastId();
      const holders = await this.writers();
      if (this.candidate && !this.candidate.holders.some((holder) => holders.includes(holder))) {
        this.settled = this.candidate.upTo;
        this.candidate = undefined;
      }
      if (holders.length === 0) this.settled = upTo;
      else this.candidate ??= { upTo, holders };
    } finally {
      this.nextAt = performance.now() + this.everyMs;
    }
  }

  private async lastId(): Promise<number> {
    const { rows } = await this.session.query<{ id: string }>({
      name: 'outbox-last-id',
      text: `SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence('outbox', 'id')::regclass), 0) AS id`,
    });
    return Number(rows[0]?.id ?? 0);
  }

  private async writers(): Promise<string[]> {
    const { rows } = await this.session.query<{ holder: string }>({
      name: 'outbox-writers',
      text: `SELECT DISTINCT virtualtransaction AS holder FROM pg_locks
              WHERE locktype = 'relation' AND relation = 'outbox'::regclass AND granted AND mode NOT IN ('AccessShareLock', 'RowShareLock')
                AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
                AND pid IS DISTINCT FROM pg_backend_pid()`,
    });
    return rows.map((row) => row.holder);
  }
}
