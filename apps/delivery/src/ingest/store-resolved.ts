// Stores resolved notifications in the ledger. Guarantees: a record that the database cannot store, or whose rows
// somebody has locked, keeps no other from being stored; Slack is never called from here; lanes with new work are
// woken, whichever process owns them.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { OutboxRelay, takesTooLong } from '@carillon/persistence';
import { checkpoint } from '@carillon/telemetry';
import { CHANNELS, placesIn, type Channels } from '../channels/index.ts';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import { applyRetractions } from '../ledger/retractions.ts';
import type { Ingested } from '../ledger/store-plan.ts';
import type { IngestPlan, ResolvedRecord } from '../model/ingest-plan.ts';
import type { Arrival, Priority } from '../model/queued-delivery.ts';
import { Ownership } from '../ownership/ownership.ts';
import { ingestRecords } from './gate.ts';
import { ImmediateClaims } from './immediate-claims.ts';
import { INGEST_DATABASE } from './ingest-database.ts';
import { queuedOfPlan } from './queued-of-plan.ts';

/** Refuses one record for good. */
type Reject<R> = (record: R, code: string, detail: string) => void;

@Injectable()
export class StoreResolved {
  constructor(
    @Inject(INGEST_DATABASE) private readonly pool: Pool,
    @Inject(Ownership) private readonly ownership: Ownership,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
    @Inject(CHANNELS) private readonly channels: Channels,
  ) {}

  /**
   * @throws the error of a record whose rows somebody has locked; the others are stored, and storing them all again
   *   stores only what is missing
   */
  async store<R extends ResolvedRecord>(records: readonly R[], reject: Reject<R>): Promise<void> {
    const locked: unknown[] = [];
    await this.take(records, reject, locked);
    if (locked.length > 0) throw locked[0];
  }

  /** Such a record is found by halving. `locked`: the errors of those whose rows somebody has locked. */
  private async take<R extends ResolvedRecord>(
    records: readonly R[],
    reject: Reject<R>,
    locked: unknown[],
  ): Promise<void> {
    try {
      await this.ingest(records, reject);
    } catch (error) {
      if (!isUnstorable(error) && !takesTooLong(error)) throw error;
      if (records.length === 1) {
        if (takesTooLong(error)) locked.push(error);
        else reject(records[0]!, 'not_storable', (error as Error).message);
        return;
      }
      const middle = records.length >> 1;
      await this.take(records.slice(0, middle), reject, locked);
      await this.take(records.slice(middle), reject, locked);
    }
  }

  private async ingest<R extends ResolvedRecord>(records: readonly R[], reject: Reject<R>): Promise<void> {
    checkpoint('ingest.read');
    const { rounds, reused } = await ingestRecords(this.pool, records, placesIn(this.channels), new Date(), (plan) =>
      ImmediateClaims.of(this.dispatcher, plan),
    );
    checkpoint('ingest.stored');
    for (const record of reused)
      reject(record, 'id_reused', 'the same source and id came before with other content, which stands');
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
