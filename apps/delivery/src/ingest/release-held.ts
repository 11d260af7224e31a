// Takes what was held for tenants that have arrived from another cell. Guarantees: in the order of arrival; a record
// that cannot be stored is told as failed, as one from Kafka is, and keeps no other.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { notificationResolved, notificationRetracted, type Topic } from '@carillon/domain';
import { addToOutbox } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import { Dispatcher } from '../dispatch/dispatcher.ts';
import type { HeldRecord } from '../ledger/held-records.ts';
import { Ownership } from '../ownership/ownership.ts';
import { INGEST_DATABASE } from './ingest-database.ts';
import { retractionOf } from './ingest-retracted.ts';
import { MovingTenants, type HeldData } from './moving-tenants.ts';
import { refusedOutcomes, type RefusedRecord } from './refused-outcomes.ts';
import { StoreResolved } from './store-resolved.ts';
import { TakeRetractions } from './take-retractions.ts';

@Injectable()
export class ReleaseHeld {
  private readonly log = createLogger('cells');

  constructor(
    @Inject(INGEST_DATABASE) private readonly pool: Pool,
    @Inject(MovingTenants) private readonly moving: MovingTenants,
    @Inject(StoreResolved) private readonly resolved: StoreResolved,
    @Inject(TakeRetractions) private readonly retractions: TakeRetractions,
    @Inject(Dispatcher) private readonly dispatcher: Dispatcher,
    @Inject(Ownership) private readonly ownership: Ownership,
  ) {}

  /** Whether there is more to do. */
  async step(): Promise<boolean> {
    const { arrived, more } = await this.moving.release((held) => this.take(held));
    if (arrived.length > 0) {
      this.log.info({ tenants: arrived }, 'these tenants have arrived from another cell');
      // What was copied stands in queues that no record announced.
      this.dispatcher.wakeAll();
      await this.ownership.wakeAll();
    }
    return more;
  }

  private async take(held: readonly HeldRecord[]): Promise<void> {
    const refused: RefusedRecord[] = [];
    await this.resolved.store(dataOf(notificationResolved, held), (record, code, detail) => {
      refused.push({ ...record, code });
      const { notificationId } = record.data.notification;
      this.log.error({ notificationId, code, detail }, 'a record that was held is refused');
    });
    await addToOutbox(this.pool, await refusedOutcomes(this.pool, refused, new Date()));
    await this.retractions.take(dataOf(notificationRetracted, held).map(({ data }) => retractionOf(data)));
  }
}

const dataOf = <T extends Topic>({ name }: T, held: readonly HeldRecord[]): HeldData<T>[] =>
  held.filter(({ topic }) => topic === name).map(({ record }) => record as HeldData<T>);
