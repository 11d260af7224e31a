// Keeps the lease of this process: its row, renewed once a second, and its lock, in one session that does nothing else
// but hear of work. Guarantees: whatever lanes, deliveries and maintenance wait for, the renewal does not, since it has
// its own timer and its own connection; a process that lost its lease says so before it does anything else.
import { randomInt, randomUUID } from 'node:crypto';
import type { Pool, PoolClient } from 'pg';
import { createLogger } from '@carillon/telemetry';
import { takesTooLong } from '@carillon/persistence';
import type { Lease } from './lease.ts';
import { enter, lock, renew, type Pod } from './pods.ts';

const everyMs = 1_000;
export const lanesChannel = 'lanes';

export interface LeaseEffects {
  /** The process has a new id; all that it owned is lost. */
  entered(pod: Pod): void;
  /** The lease is over: nothing that it covered is this process's any more. */
  lost(): void;
  /** `stalled`: nothing could be sent before. */
  renewed(stalled: boolean): void;
  /** A notification of another process. */
  heard(payload: string): void;
}

export class LeaseSession {
  private readonly log = createLogger('ownership');
  private session: PoolClient | undefined;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();
  private stopping = false;
  /** Undefined: the process takes no part. */
  pod: Pod | undefined;

  constructor(
    private readonly pool: Pool,
    private readonly lease: Lease,
    private readonly effects: LeaseEffects,
  ) {}

  /** Resolves after the first attempt to get a lease. */
  start(): Promise<void> {
    this.round = this.renewOnce().then((nextInMs) => {
      if (!this.stopping) this.timer = setTimeout(() => void this.start(), nextInMs);
    });
    return this.round;
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.round;
    this.session?.release(true);
    this.session = undefined;
  }

  private async renewOnce(): Promise<number> {
    try {
      const { session, pod } = await this.hold();
      const askedAt = this.lease.now();
      const stalled = !this.lease.coversCall();
      if (!(await renew(session, pod, this.lease.durationMs))) {
        this.loseEverything('the lease ran out');
        return 0;
      }
      // The session may have broken while the answer was on its way.
      if (this.session !== session) return 0;
      this.lease.renewed(askedAt);
      this.effects.renewed(stalled);
    } catch (error) {
      this.log.warn({ err: error }, 'the lease could not be renewed; trying again');
      // Somebody has locked the row: the session is whole. Otherwise nothing more is asked of it.
      if (!takesTooLong(error)) this.loseSession();
    }
    return everyMs;
  }

  /** The session that holds our lock and hears of work; a new one after a break. */
  private async hold(): Promise<{ session: PoolClient; pod: Pod }> {
    if (this.session && this.pod) return { session: this.session, pod: this.pod };
    const session = await this.pool.connect();
    session.on('error', (error) => {
      this.log.warn({ err: error }, 'the session of the lease broke');
      if (this.session === session) this.loseSession();
    });
    session.on('notification', ({ payload }) => this.effects.heard(payload ?? ''));
    try {
      await session.query(`LISTEN ${lanesChannel}`);
      if (!this.pod) {
        const pod = { podId: randomUUID(), lockKey: randomInt(2 ** 31) };
        await enter(session, pod, this.lease.durationMs);
        this.pod = pod;
        this.effects.entered(pod);
      } else if (!(await lock(session, this.pod))) {
        // The server still keeps a session of ours that is gone for us: waiting for it could take hours.
        this.loseEverything('the lock of the lease is out of reach');
        throw new Error('the lock of the lease is out of reach');
      }
    } catch (error) {
      session.release(true);
      throw error;
    }
    this.session = session;
    return { session, pod: this.pod };
  }

  private loseSession(): void {
    this.session?.release(true);
    this.session = undefined;
    this.lease.lost();
  }

  private loseEverything(why: string): void {
    this.log.warn(why);
    this.loseSession();
    this.pod = undefined;
    this.effects.lost();
  }
}
