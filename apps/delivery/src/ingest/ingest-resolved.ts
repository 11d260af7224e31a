// Takes resolved notifications off Kafka. Guarantees: the offset is committed only after PostgreSQL has the rows; a
// record that names what is not its tenant's is a dead letter with a failed outcome, and nothing of it is stored;
// Slack is never called from here; lanes with new work are woken, whichever process owns them.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import type { notificationResolved } from '@carillon/domain';
import type { Batch, Handles, Rejection } from '@carillon/messaging';
import { Tenants } from '@carillon/runtime';
import { addToOutbox, OutboxRelay, takesTooLong } from '@carillon/persistence';
import { checkpoint } from '@carillon/telemetry';
import { CHANNELS, placesIn, type Channels } from '../channels/index.ts';
import type { Arrival, Priority } from '../model/queued-delivery.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import type { Ingested } from '../ledger/store-plan.ts';
import { Ownership } from '../ownership/ownership.ts';
import { ImmediateClaims } from './immediate-claims.ts';
import { faultOf } from './check-resolved.ts';
import { ingestRecords } from './gate.ts';
import type { IngestPlan } from '../model/ingest-plan.ts';
import { refusedOutcomes } from './refused-outcomes.ts';
import { queuedOfPlan } from './queued-of-plan.ts';
import { INGEST_DATABASE } from './ingest-database.ts';
import { applyRetractions } from '../ledger/retractions.ts';

@Injectable()
export class IngestResolved implements Handles<typeof notificationResolved> {
  constructor(
    @Inject(INGEST_DATABASE) private readonly pool: Pool,
    @Inject(Ownership) private readonly ownership: Ownership,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(CHANNELS) readonly channels: Channels,
    @Inject(Tenants) readonly tenants: Tenants,
  ) {}

  async handle(batch: Batch<typeof notificationResolved>): Promise<void> {
    const trusted: ResolvedReceived[] = [];
    for (const record of batch.records) {
      const fault = faultOf(record.data, this);
      if (fault) batch.reject(record, ...fault);
      else trusted.push(record);
    }
    const locked: unknown[] = [];
    await this.take(batch, trusted, locked);
    // The others are stored. Kafka hands the batch over again, which stores only what is missing.
    if (locked.length > 0) throw locked[0];
  }

  async rejected(rejections: Rejection[]): Promise<void> {
    await addToOutbox(this.pool, await refusedOutcomes(this.pool, rejections, new Date()));
    this.relay.wake();
  }

  /**
   * A record that the database cannot store, or whose rows somebody has locked, is found by halving; the others are
   * stored. The first is dead-lettered. `locked`: the errors of the second.
   */
  private async take(
    batch: Batch<typeof notificationResolved>,
    records: readonly ResolvedReceived[],
    locked: unknown[],
  ): Promise<void> {
    try {
      await this.ingest(batch, records);
    } catch (error) {
      if (!isUnstorable(error) && !takesTooLong(error)) throw error;
      if (records.length === 1) {
        if (takesTooLong(error)) locked.push(error);
        else batch.reject(records[0]!, 'not_storable', (error as Error).message);
        return;
      }
      const middle = records.length >> 1;
      await this.take(batch, records.slice(0, middle), locked);
      await this.take(batch, records.slice(middle), locked);
    }
  }

  private async ingest(batch: Batch<typeof notificationResolved>, records: readonly ResolvedReceived[]): Promise<void> {
    checkpoint('ingest.read');
    const { rounds, reused } = await ingestRecords(this.pool, records, placesIn(this.channels), new Date(), (plan) =>
      ImmediateClaims.of(this.dispatcher, plan),
    );
    checkpoint('ingest.stored');
    for (const record of reused)
      batch.reject(record, 'id_reused', 'the same source and id came before with other content, which stands');
    const retracted = rounds.flatMap(({ ingested }) => ingested.retracted);
    if (retracted.length > 0) await applyRetractions(this.pool, retracted);
    if (retracted.length > 0 || rounds.some(({ plan }) => plan.suppressed.length > 0)) this.relay.wake();
    if (rounds.some(({ ingested }) => ingested.newLanes.length > 0)) this.ownership.assignNow();
    await this.ownership.announce(
      rounds.flatMap(({ plan, ingested }) => arrivalsOf(plan, ingested)),
      { newLanes: false },
    );
  }
}

type ResolvedReceived = Batch<typeof notificationResolved>['records'][number];

/**
 * SQLSTATE 22 (data exception) and 54 (a row or value beyond PostgreSQL's limits): the data is at fault, not the
 * weather.
 */
const isUnstorable = (error: unknown): boolean => /^(22|54)/.test((error as { code?: string }).code ?? '');

/**
 * Those that are for later, or turned out to be known, cost a read and nothing else. A delivery that may be sent at
 * once and is no newer version of another need not be read.
 */
function arrivalsOf(plan: IngestPlan, { places, claimed }: Ingested): Arrival[] {
  const { deliveries: d } = plan;
  return d.lane.flatMap((lane, n) => {
    if (claimed[d.id[n]!]) return [];
    const seq = places[d.id[n]!];
    const queued = seq === undefined ? undefined : queuedOfPlan(plan, n, Number(seq));
    return { lane, channel: d.channel[n]!, priority: d.priority[n] as Priority, ...(queued && { queued }) };
  });
}
