// Table of contents of the delivery service: what it consumes, what it sends through, what it answers.
import { Inject, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { APP_INTERCEPTOR } from '@nestjs/core';
import type { Pool } from 'pg';
import { claimDatabase } from '@carillon/cells';
import { installationChanged, notificationResolved, notificationRetracted } from '@carillon/domain';
import { consume } from '@carillon/messaging-nest';
import { createPool } from '@carillon/persistence';
import { BotTokens, CONFIG, DATABASE, Lifecycle, Readiness, ServiceTokens, Tenants } from '@carillon/runtime';
import { createLogger } from '@carillon/telemetry';
import { RouteToCell } from './cells/route-to-cell.ts';
import { CHANNELS, createChannels, placesIn, type Channels } from './channels/index.ts';
import { Installations } from './channels/slack/installations.ts';
import { ReplicateInstallations } from './channels/slack/replicate-installations.ts';
import type { Config } from './config.ts';
import { cancelEnded } from './maintenance/ended-installations.ts';
import { maintenanceJobs } from './maintenance/jobs.ts';
import { Maintenance } from './maintenance/maintenance.ts';
import { createDailyPartitions } from './maintenance/partitions.ts';
import { INGEST_DATABASE } from './ingest/ingest-database.ts';
import { IngestResolved } from './ingest/ingest-resolved.ts';
import { IngestRetracted } from './ingest/ingest-retracted.ts';
import { MovingTenants, MOVES_DATABASE } from './ingest/moving-tenants.ts';
import { ReleaseHeld } from './ingest/release-held.ts';
import { StoreResolved } from './ingest/store-resolved.ts';
import { TakeRetractions } from './ingest/take-retractions.ts';
import { createDispatchPool } from './dispatch/dispatch-pool.ts';
import { Dispatcher } from './dispatch/dispatcher.ts';
import { Lease } from './ownership/lease.ts';
import { laneFactory } from './dispatch/lane-factory.ts';
import { Ownership } from './ownership/ownership.ts';
import { DeliveriesController } from './deliveries/deliveries.controller.ts';
import { LanesController } from './lanes/lanes.controller.ts';
import { Timeline } from './timeline/timeline.ts';
import { TimelineController } from './timeline/timeline.controller.ts';

const LANES_DATABASE = Symbol('lanes database');

/** The maintenance jobs' connections. */
const MAINTENANCE_DATABASE = Symbol('maintenance database');
/** The connections of the lease and of the rounds of lanes. */
const OWNERSHIP_DATABASE = Symbol('ownership database');
/** So that nobody queues behind them, and they wait for nobody. */
const givesUpEarly = { statementTimeoutMs: 5_000, settings: { lock_timeout: '200' } };

@Module({
  controllers: [
    consume(notificationResolved, IngestResolved),
    // In a group of its own, so that one tenant's retractions keep nobody's decisions waiting.
    consume(notificationRetracted, IngestRetracted, { group: 'deferred' }),
    consume(installationChanged, ReplicateInstallations, { group: 'state' }),
    TimelineController,
    DeliveriesController,
    LanesController,
  ],
  providers: [
    { provide: APP_INTERCEPTOR, useClass: RouteToCell },
    Timeline,
    Installations,
    {
      provide: CHANNELS,
      useFactory: (
        config: Config,
        identity: ServiceTokens,
        installations: Installations,
        pool: Pool,
        tenants: Tenants,
      ): Channels => {
        const tokens = new BotTokens({ installationUrl: config.INSTALLATION_URL }, identity);
        return createChannels({ config, pool, tenants, tokens, installations });
      },
      inject: [CONFIG, ServiceTokens, Installations, DATABASE, Tenants],
    },
    {
      provide: Lease,
      useFactory: (config: Config) => new Lease(config.LEASE_MS, config.CALL_TIMEOUT_MS),
      inject: [CONFIG],
    },
    {
      provide: LANES_DATABASE,
      useFactory: (config: Config) => createDispatchPool(config.DATABASE_URL),
      inject: [CONFIG],
    },
    {
      provide: Dispatcher,
      useFactory: (pool: Pool, lease: Lease, channels: Channels, config: Config) =>
        new Dispatcher(pool, lease, channels, {
          perLane: config.SENDS_PER_LANE,
          mostHeads: config.MOST_QUEUED_IN_MEMORY,
          reconcileWaitMs: config.RECONCILE_WAIT_MS,
          backoffBaseMs: 1_000,
          backoffMostMs: 300_000,
          placeOf: placesIn(channels),
          digestMoreUrl: config.DIGEST_MORE_URL,
        }),
      inject: [LANES_DATABASE, Lease, CHANNELS, CONFIG],
    },
    {
      provide: INGEST_DATABASE,
      useFactory: (config: Config) =>
        createPool(config.DATABASE_URL, {
          max: 4,
          applicationName: 'delivery ingest',
          settings: { lock_timeout: '200ms' },
        }),
      inject: [CONFIG],
    },
    {
      provide: MOVES_DATABASE,
      useFactory: (config: Config) =>
        createPool(config.DATABASE_URL, { max: 9, applicationName: 'delivery moves', ...givesUpEarly }),
      inject: [CONFIG],
    },
    MovingTenants,
    StoreResolved,
    TakeRetractions,
    ReleaseHeld,
    {
      provide: OWNERSHIP_DATABASE,
      useFactory: (config: Config) =>
        createPool(config.DATABASE_URL, { max: 3, applicationName: 'delivery ownership', ...givesUpEarly }),
      inject: [CONFIG],
    },
    {
      provide: Ownership,
      useFactory: (
        service: Pool,
        ownership: Pool,
        lease: Lease,
        dispatcher: Dispatcher,
        channels: Channels,
        config: Config,
      ) =>
        new Ownership(
          { service, ownership },
          lease,
          dispatcher,
          laneFactory(channels, dispatcher.budget),
          config.RECONCILE_WAIT_MS,
        ),
      inject: [DATABASE, OWNERSHIP_DATABASE, Lease, Dispatcher, CHANNELS, CONFIG],
    },
    {
      provide: MAINTENANCE_DATABASE,
      useFactory: (config: Config) =>
        createPool(config.DATABASE_URL, { max: 2, applicationName: 'delivery maintenance', ...givesUpEarly }),
      inject: [CONFIG],
    },
    {
      provide: Maintenance,
      useFactory: (pool: Pool, dispatcher: Dispatcher, ownership: Ownership, held: ReleaseHeld, config: Config) =>
        new Maintenance(
          maintenanceJobs({
            pool,
            dispatcher,
            releaseHeld: () => held.step(),
            announce: (arrivals) => ownership.announce(arrivals),
            reconcileWaitMs: config.RECONCILE_WAIT_MS,
          }),
        ),
      inject: [MAINTENANCE_DATABASE, Dispatcher, Ownership, ReleaseHeld, CONFIG],
    },
  ],
})
export class AppModule implements OnApplicationBootstrap {
  private readonly log = createLogger('delivery');

  constructor(
    @Inject(CONFIG) private readonly config: Config,
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(LANES_DATABASE) private readonly lanesPool: Pool,
    @Inject(MAINTENANCE_DATABASE) private readonly maintenancePool: Pool,
    @Inject(OWNERSHIP_DATABASE) private readonly ownershipPool: Pool,
    @Inject(INGEST_DATABASE) private readonly ingestPool: Pool,
    @Inject(MOVES_DATABASE) private readonly movesPool: Pool,
    @Inject(Installations) private readonly installations: Installations,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(Ownership) private readonly ownership: Ownership,
    @Inject(Maintenance) private readonly maintenance: Maintenance,
    @Inject(CHANNELS) private readonly channels: Channels,
    @Inject(Lifecycle) private readonly lifecycle: Lifecycle,
    @Inject(Readiness) private readonly readiness: Readiness,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { channels, dispatcher, installations, lifecycle, maintenance, ownership } = this;
    await claimDatabase(this.pool, this.config.CELL);
    await createDailyPartitions(this.maintenancePool);
    await installations.start({
      lost: (installationId) => dispatcher.hold(installationId),
      restored: (installationId) => {
        channels.slack.restored(installationId);
        dispatcher.release(installationId);
      },
      ended: (installationIds) => cancelEnded(this.pool, placesIn(channels), installationIds),
    });
    dispatcher.onCreated = (arrivals) => {
      ownership
        .announce(arrivals)
        .catch((error: unknown) =>
          this.log.warn({ err: error }, 'new deliveries could not be announced; they are found at the next look'),
        );
    };
    await ownership.start();
    maintenance.start();
    this.readiness.add('lanes', () => ownership.ready());
    lifecycle.onStop('work', 'maintenance', () => maintenance.stop());
    lifecycle.onStop('work', 'lanes', () => ownership.stop());
    lifecycle.onStop('work', 'installations', () => installations.stop());
    lifecycle.onStop('close', 'mail', () => channels.email.close());
    lifecycle.onStop('close', 'lanes database', () => this.lanesPool.end());
    lifecycle.onStop('close', 'maintenance database', () => this.maintenancePool.end());
    lifecycle.onStop('close', 'ingest database', () => this.ingestPool.end());
    lifecycle.onStop('close', 'moves database', () => this.movesPool.end());
    lifecycle.onStop('close', 'ownership database', () => this.ownershipPool.end());
  }
}
