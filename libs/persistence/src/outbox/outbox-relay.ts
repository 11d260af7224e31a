// Publishes the records of the outbox table to Kafka, one process per database at a time. Guarantees: those of
// outbox-publishing.ts, with any number of processes, each of which may end, freeze or lose its connection at any time.
//
// The leader holds a session advisory lock. It reads and deletes on the connection that holds the lock, so a process
// that lost the lock cannot change a row. Followers try to get the lock every second. The session of a leader that
// ended is closed with its socket. The session of a frozen or disconnected leader stays open, so a follower terminates
// it when it was silent, or blocked in a write to its client, for too long. The leader uses its connection every few
// seconds.
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, type Logger } from '@carillon/telemetry';
import type { Publisher } from '@carillon/messaging';
import type { Pool, PoolClient } from 'pg';
import { defineStatement } from '../sql/define-statement.ts';
import { outboxMetrics, type OutboxMetrics } from './outbox-metrics.ts';
import { OutboxPublishing } from './outbox-publishing.ts';
import { OUTBOX_CHANNEL, OUTBOX_RETRIED } from './outbox-table.ts';
import { Session } from './session.ts';
import { WakeUp } from './wake-up.ts';

export interface OutboxRelayOptions {
  /** How often a follower tries to become the leader. */
  followerRetryMs?: number;
  /** How often the leader reads the table without being woken. */
  idleCheckMs?: number;
  /** A leader whose session was silent for this long counts as frozen. */
  silentLeaderMs?: number;
  /** The longest that stop() continues to publish waiting records. */
  drainMs?: number;
  /** A topic that takes longer than this is read separately, so that it does not delay the others. */
  slowTopicMs?: number;
}

const OUTBOX_LOCK = 7_214_002;
const FIRST_BACKOFF_MS = 200;
/**
 * A batch smaller than this is followed by a short rest: a fetch, a publication and a deletion cost the same for one
 * row and for many.
 */
const FEW_ROWS = 250;
const GATHER_MS = 20;
const LONGEST_BACKOFF_MS = 5_000;
const STOPPING_CHECK_MS = 50;

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
    this.options = {
      followerRetryMs: 1_000,
      idleCheckMs: 5_000,
      silentLeaderMs: 15_000,
      drainMs: 5_000,
      slowTopicMs: 2_000,
      ...options,
    };
  }

  start(): void {
    this.running ??= this.run();
  }

  /** Called after a commit in this process; it is faster than the notification of PostgreSQL. */
  wake(): void {
    this.wakeUp.wake();
  }

  /** Publishes the waiting records, for `limitMs` and a few seconds at most, then releases the lock. */
  async stop(limitMs = Infinity): Promise<void> {
    if (!this.stopping) this.drainUntil = performance.now() + Math.min(limitMs, this.options.drainMs);
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
      this.metrics.clear();
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
    const session = new Session(client);
    const { publisher, metrics, log } = this;
    const publishing = new OutboxPublishing({
      session,
      publisher,
      metrics,
      log,
      slowTopicMs: this.options.slowTopicMs,
      wake: () => this.wakeUp.wake(),
    });
    client.on('notification', ({ payload }) => {
      if (payload === OUTBOX_RETRIED) publishing.recountSetAside().catch((error: unknown) => publishing.fail(error));
      this.wakeUp.wake();
    });
    // Shows the followers that this process is alive, and checks its connection.
    const heartbeat = setInterval(() => {
      session
        .query({ text: 'SELECT 1', query_timeout: this.options.silentLeaderMs })
        .catch((error: unknown) => publishing.fail(error));
    }, this.options.silentLeaderMs / 3);
    try {
      await session.query({ text: `LISTEN ${OUTBOX_CHANNEL}` });
      await publishing.recountSetAside();
      await this.publishUntilStopped(publishing);
    } finally {
      clearInterval(heartbeat);
      // What is still on its way must not use the connection.
      publishing.fail(new Error('this process does not publish the outbox any more'));
    }
  }

  private async publishUntilStopped(publishing: OutboxPublishing): Promise<void> {
    while (!this.stopping || performance.now() < this.drainUntil) {
      const rows = await publishing.pass();
      if (rows === 0) {
        if (this.stopping && !publishing.busy) return;
        await this.wakeUp.sleep(
          Math.min(this.stopping ? STOPPING_CHECK_MS : this.options.idleCheckMs, publishing.nextRetryMs),
        );
      } else if (rows < FEW_ROWS) {
        // Under load the next ones gather meanwhile; the first after a silence never waits.
        await this.pause(GATHER_MS);
      }
    }
  }

  /** A pause that ends early only by stop(). */
  private pause(ms: number): Promise<void> {
    return sleep(ms, undefined, { signal: this.stopSignal.signal }).catch(() => undefined);
  }

  private async endSilentLeader(client: PoolClient): Promise<void> {
    const { rows } = await client.query<{ pid: number }>(endSilent({ silentMs: this.options.silentLeaderMs }));
    if (rows[0])
      this.log.warn({ backend: rows[0].pid }, 'the process that published the outbox is silent; its session was ended');
  }
}

const endSilent = defineStatement({
  parameters: { silentMs: 'float8' },
  text: (p) => `
WITH silent AS MATERIALIZED (
  SELECT a.pid
    FROM pg_locks l JOIN pg_stat_activity a USING (pid)
   WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND l.classid = 0 AND l.objid = ${OUTBOX_LOCK}
     AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
     -- A backend whose client does not read is active, in a write that nothing but its end interrupts.
     AND (a.state = 'idle' OR a.wait_event = 'ClientWrite')
     AND a.state_change < clock_timestamp() - ${p.silentMs} * interval '1 millisecond')
SELECT pid, pg_terminate_backend(pid) FROM silent`,
});
