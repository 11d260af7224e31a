// Carries records from the outbox table to Kafka. Promises: in the order of their ids, each at least once, deleted only
// after the broker acknowledged them; one process per database does it at a time.
//
// The leader is whoever holds a session advisory lock; it fetches and deletes on the connection that holds the lock, so
// a process that lost the lock cannot touch a row. Followers ask for the lock every second. A dead leader's session ends
// with its socket; a FROZEN one keeps its socket, so a follower that sees the leader silent for too long ends its session.
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, passed, type Logger } from '@carillon/telemetry';
import type { Publisher } from '@carillon/messaging';
import type { Pool, PoolClient } from 'pg';
import { outboxMetrics, type OutboxMetrics } from './outbox-metrics.ts';
import { OUTBOX_CHANNEL } from './outbox-table.ts';
import { deleteRows, fetchBatch, refuseRow, type OutboxRow } from './outbox-rows.ts';
import { WakeUp } from './wake-up.ts';

export interface OutboxRelayOptions {
  /** How often a follower asks to lead. */
  followerRetryMs?: number;
  /** The leader looks at the table this often even when nothing woke it. */
  idleCheckMs?: number;
  /** A leader whose session said nothing for this long is taken for frozen. */
  silentLeaderMs?: number;
  /** How long stop() goes on publishing what is still there. */
  drainMs?: number;
}

const OUTBOX_LOCK = 7_214_002;
const FIRST_BACKOFF_MS = 200;
/** A batch smaller than this is followed by a short rest: a fetch, a publication and a deletion cost the same for one row and for many. */
const FEW_ROWS = 250;
const GATHER_MS = 20;
const LONGEST_BACKOFF_MS = 5_000;

/** Troubles of the moment or of the set-up, though the publisher says 'never': the record itself is not at fault. */
const NOT_THE_RECORDS_FAULT = new Set(['publisher_closed', 'publish_aborted', 'topics_missing', 'unknown_topic']);

export class OutboxRelay {
  private readonly options: Required<OutboxRelayOptions>;
  private readonly log: Logger = createLogger('outbox');
  private readonly metrics: OutboxMetrics = outboxMetrics();
  private readonly wakeUp = new WakeUp();
  private running: Promise<void> | undefined;
  private readonly stopSignal = new AbortController();
  private drainUntil = 0;

  constructor(
    private readonly pool: Pool,
    private readonly publisher: Pick<Publisher, 'publishRecords'>,
    options: OutboxRelayOptions = {},
  ) {
    this.options = { followerRetryMs: 1_000, idleCheckMs: 5_000, silentLeaderMs: 15_000, drainMs: 5_000, ...options };
  }

  start(): void {
    this.running ??= this.run();
  }

  /** To be called after a commit in this process: saves the way over NOTIFY. */
  wake(): void {
    this.wakeUp.wake();
  }

  /** Publishes what is there (for a few seconds at most), then hands leadership over. */
  async stop(): Promise<void> {
    if (!this.stopping) this.drainUntil = performance.now() + this.options.drainMs;
    this.stopSignal.abort();
    this.wakeUp.wake();
    await this.running;
  }

  private get stopping(): boolean {
    return this.stopSignal.signal.aborted;
  }

  private async run(): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    while (!this.stopping) {
      try {
        await this.serve(() => (backoff = FIRST_BACKOFF_MS));
      } catch (error) {
        if (this.stopping) return;
        this.log.warn({ err: error, retryInMs: backoff }, 'the outbox is not being published by this process');
        await this.pause(backoff);
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS);
      }
    }
  }

  private async serve(onLeading: () => void): Promise<void> {
    const client = await this.pool.connect();
    try {
      // A lost connection ends a sleep; the next query says why.
      client.on('error', () => this.wakeUp.wake());
      await this.becomeLeader(client);
      onLeading();
      if (!this.stopping) await this.lead(client);
    } finally {
      this.metrics.oldest(undefined);
      // Destroyed, not returned: the lock and the LISTEN end with the session.
      client.release(true);
    }
  }

  private async becomeLeader(client: PoolClient): Promise<void> {
    while (!this.stopping) {
      const { rows } = await client.query<{ led: boolean }>('SELECT pg_try_advisory_lock($1) AS led', [OUTBOX_LOCK]);
      if (rows[0]?.led) return;
      await this.endSilentLeader(client);
      await this.pause(this.options.followerRetryMs);
    }
  }

  private async lead(client: PoolClient): Promise<void> {
    this.log.debug('this process publishes the outbox');
    client.on('notification', () => this.wakeUp.wake());
    await client.query(`LISTEN ${OUTBOX_CHANNEL}`);
    await this.publishUntilStopped(client);
  }

  private async publishUntilStopped(client: PoolClient): Promise<void> {
    let backoff = FIRST_BACKOFF_MS;
    while (!this.stopping || performance.now() < this.drainUntil) {
      const batch = await fetchBatch(client);
      this.metrics.oldest(batch[0]?.ageSeconds);
      if (batch.length === 0) {
        if (this.stopping) return;
        await this.wakeUp.sleep(this.options.idleCheckMs);
        continue;
      }
      try {
        await this.publish(client, batch);
        backoff = FIRST_BACKOFF_MS;
        // Under load the next ones gather meanwhile; the first after a silence never waits.
        if (batch.length < FEW_ROWS) await this.pause(GATHER_MS);
      } catch (failure) {
        if (this.stopping) throw failure;
        this.log.warn({ err: failure, waiting: batch.length, retryInMs: backoff }, 'the outbox could not be published');
        await this.pause(backoff);
        backoff = Math.min(backoff * 2, LONGEST_BACKOFF_MS);
      }
    }
  }

  private async publish(client: PoolClient, batch: OutboxRow[]): Promise<void> {
    try {
      await this.send(client, batch);
    } catch (error) {
      if (!isTheRecordsFault(error)) throw error;
      await this.publishOneByOne(client, batch);
      return;
    }
    passed('outbox.published');
    await deleteRows(client, batch);
    this.metrics.published(batch.length);
  }

  /** While the broker takes its time, the session shows followers that this process is alive. */
  private async send(client: PoolClient, rows: OutboxRow[]): Promise<void> {
    const heartbeat = setInterval(() => void client.query('SELECT 1').catch(() => undefined), this.options.silentLeaderMs / 3);
    try {
      await this.publisher.publishRecords(rows.map((row) => row.record));
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** One record of the batch will never be taken: it is set aside, the others go. */
  private async publishOneByOne(client: PoolClient, batch: OutboxRow[]): Promise<void> {
    for (const row of batch) {
      try {
        await this.send(client, [row]);
        await deleteRows(client, [row]);
        this.metrics.published(1);
      } catch (error) {
        if (!isTheRecordsFault(error)) throw error;
        await refuseRow(client, row.id, (error as Error).message);
        this.metrics.refused(row.record.topic);
        this.log.error({ err: error, topic: row.record.topic, outboxId: row.id }, 'the broker refused a record for good; it is set aside');
      }
    }
  }

  /** A pause that only stop() cuts short. */
  private pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.stopSignal.signal }).catch(() => undefined);
  }

  private async endSilentLeader(client: PoolClient): Promise<void> {
    const { rows } = await client.query<{ pid: number }>(
      `WITH silent AS MATERIALIZED (
         SELECT a.pid
           FROM pg_locks l JOIN pg_stat_activity a USING (pid)
          WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = 0 AND l.objid = $1
            AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
            AND a.state = 'idle' AND a.state_change < clock_timestamp() - $2::integer * interval '1 millisecond')
       SELECT pid, pg_terminate_backend(pid) FROM silent`,
      [OUTBOX_LOCK, this.options.silentLeaderMs],
    );
    if (rows[0]) this.log.warn({ backend: rows[0].pid }, 'the process that published the outbox is silent; its session was ended');
  }
}

function isTheRecordsFault(error: unknown): boolean {
  const { code, retry } = error as { code?: string; retry?: unknown };
  return retry === 'never' && !NOT_THE_RECORDS_FAULT.has(code ?? '');
}
