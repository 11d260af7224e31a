// Runs the requested syncs, which all processes share, a few at a time. Guarantees: a sync with a passing error is
// retried after a growing delay; a sync that a shutdown interrupts is released at once; a process stops a sync as soon
// as another process owns it.
import { defineStatement } from '@carillon/persistence';
import { CONFIG, DATABASE, Lifecycle } from '@carillon/runtime';
import { attributes, createLogger, tracer, type Logger } from '@carillon/telemetry';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import type { Pool } from 'pg';
import type { Config } from '../config.ts';
import { linksChanged, syncDuration, syncPages, syncs, syncsRunning } from '../metrics.ts';
import { SlackClients } from '../slack/slack-clients.ts';
import { SyncFailure } from './sync-failure.ts';
import { syncInstallation, type SyncPorts } from './sync-installation.ts';
import { clearEndedSyncs } from './sync-position.ts';
import { SyncSession } from './sync-session.ts';
import {
  endSync,
  forgetOldSyncs,
  keepSync,
  SyncLostError,
  requestOverdueSyncs,
  type SyncEnd,
  type SyncProgress,
} from './sync-table.ts';

const longestPauseMs = 5 * 60_000;
const overdueCheckMs = 60_000;

@Injectable()
export class SyncRunner implements OnApplicationBootstrap {
  private readonly log: Logger = createLogger('syncs');
  private readonly stopping = new AbortController();
  private readonly running = new Set<Promise<void>>();
  private nextOverdueCheck = 0;
  private timer: NodeJS.Timeout | undefined;
  private starting: Promise<void> | undefined;
  private startAgain = false;

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(CONFIG) private readonly config: Config,
    private readonly slack: SlackClients,
    lifecycle: Lifecycle,
  ) {
    lifecycle.onStop('work', 'syncs', () => this.stop());
  }

  onApplicationBootstrap(): void {
    syncsRunning.onRead((shown) => shown.set(this.running.size));
    this.timer = setInterval(() => this.wake(), this.config.SYNC_POLL_MS);
    this.wake();
  }

  /** Starts the due syncs at once, if the runner was started. */
  wake(): void {
    if (!this.timer || this.stopping.signal.aborted) return;
    if (this.starting) {
      this.startAgain = true;
      return;
    }
    this.starting = this.startDueSyncs()
      .catch((error: unknown) =>
        this.log.warn({ err: error }, 'the due syncs could not be read; the next poll tries again'),
      )
      .finally(() => {
        this.starting = undefined;
        if (!this.startAgain) return;
        this.startAgain = false;
        this.wake();
      });
  }

  private async stop(): Promise<void> {
    this.stopping.abort(new Error('shutting down'));
    clearInterval(this.timer);
    await this.starting;
    await Promise.all(this.running);
  }

  private async startDueSyncs(): Promise<void> {
    if (performance.now() >= this.nextOverdueCheck) {
      await requestOverdueSyncs(this.pool, this.config.SYNC_INTERVAL_MS);
      await clearEndedSyncs(this.pool);
      await forgetOldSyncs(this.pool);
      this.nextOverdueCheck = performance.now() + overdueCheckMs;
    }
    while (this.running.size < this.config.SYNC_CONCURRENCY && !this.stopping.signal.aborted) {
      const session = await SyncSession.claim(this.pool, this.config.SYNC_LEASE_MS);
      if (!session) return;
      const run = this.run(session).finally(() => {
        this.running.delete(run);
        this.wake();
      });
      this.running.add(run);
    }
  }

  private run(session: SyncSession): Promise<void> {
    const { id, installationId, tenantId, attempt } = session.sync;
    const ids = { [attributes.tenantId]: tenantId, [attributes.installationId]: installationId };
    return tracer().startActiveSpan('sync installation', { root: true, attributes: ids }, async (span) => {
      const log = this.log.child({ sync: id, tenant: tenantId, installation: installationId, attempt });
      const before = session.sync.progress;
      const progress = { ...before };
      const observe = syncDuration.startTimer();
      const end = await this.end(session, progress, log);
      observe();
      syncs.inc({ end: end?.state ?? 'lost' });
      // A list that begins anew counts its pages again.
      syncPages.inc(Math.max(0, progress.pages - before.pages));
      linksChanged.inc(Math.max(0, progress.linksChanged - before.linksChanged));
      if (end) {
        await endSync(this.pool, session.sync, progress, end).catch((error: unknown) =>
          log.warn({ err: error }, 'the end of a sync could not be stored'),
        );
        log.info({ ...progress, ...end }, 'a sync ended');
      }
      if (end?.state !== 'waiting')
        await clearEndedSyncs(this.pool, installationId).catch((error: unknown) =>
          log.warn({ err: error }, 'what a sync had listed is erased later'),
        );
      // After the end is stored: another process may claim a running sync whose connection is closed.
      session.close();
      span.end();
    });
  }

  /** Undefined: another process owns the sync. Never throws. */
  private async end(session: SyncSession, progress: SyncProgress, log: Logger): Promise<SyncEnd | undefined> {
    const { sync } = session;
    const { SYNC_LEASE_MS: leaseMs } = this.config;
    const lost = new AbortController();
    const keep: SyncPorts['keep'] = (reached = progress, client) =>
      keepSync(client ?? this.pool, sync, reached, leaseMs);
    const renewing = setInterval(() => {
      keep().catch((error: unknown) => {
        if (error instanceof SyncLostError) lost.abort(error);
      });
    }, leaseMs / 3);
    try {
      const installation = await installationOf(this.pool, sync.installationId);
      const { installationId, tenantId } = sync;
      const slack = this.slack.of({ ...installation, installationId, tenantId });
      const signal = AbortSignal.any([this.stopping.signal, lost.signal, session.broken]);
      const call: SyncPorts['call'] = (...given) => slack.call(...given);
      await syncInstallation(session, installation, { pool: this.pool, call, signal, progress, keep });
      return { state: 'done' };
    } catch (error) {
      if (error instanceof SyncLostError || lost.signal.aborted) {
        log.info('another process owns the sync, or it was ended');
        return undefined;
      }
      if (this.stopping.signal.aborted) return { state: 'waiting', afterMs: 0 };
      return this.pauseOrFail(error, sync.attempt, log);
    } finally {
      clearInterval(renewing);
    }
  }

  private pauseOrFail(error: unknown, attempt: number, log: Logger): SyncEnd {
    const failure =
      error instanceof SyncFailure
        ? error
        : new SyncFailure('internal', 'later', 'a defect, or the database is not available', { cause: error });
    log.warn({ err: failure, code: failure.code }, 'a sync failed or has to wait');
    if (failure.retry === 'never') return { state: 'failed', error: failure.code };
    const pause = Math.min(longestPauseMs, 500 * 2 ** Math.min(attempt, 12)) * (0.75 + Math.random() / 2);
    return {
      state: 'waiting',
      afterMs: typeof failure.retry === 'object' ? failure.retry.afterMs : pause,
      error: failure.code,
    };
  }
}

const selectInstallation = defineStatement({
  parameters: { installationId: 'text' },
  text: (p) => `
SELECT team_id AS "teamId", enterprise_id AS "enterpriseId", is_enterprise_install AS "isEnterpriseInstall", scopes, team_ids AS "teamIds"
  FROM installation WHERE installation_id = ${p.installationId}`,
});

async function installationOf(pool: Pool, installationId: string) {
  const found = await pool.query<{
    teamId: string | null;
    enterpriseId: string | null;
    isEnterpriseInstall: boolean;
    teamIds: string[];
    scopes: string[];
  }>(selectInstallation({ installationId }));
  const [installation] = found.rows;
  if (!installation) throw new SyncFailure('installation_deleted', 'never', 'the installation was deleted');
  return installation;
}
