// Up to which id every row of the outbox that will ever exist is visible, so that a reader may start behind it.
//
// Ids are handed out before their transactions commit: behind the newest id that one sees, older ones may still appear.
// But whoever inserts holds a lock on the table from before it takes an id until it has committed or rolled back. So
// the last id handed out is settled once every transaction that held such a lock right afterwards has ended.
//
// Without this the relay would start at the first id each time and step over every deleted row that vacuum may not
// remove yet, because some snapshot is older (a backup, a forgotten transaction).
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
      // In this order: whoever takes a lock after the second statement gets an id after the first one's.
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
