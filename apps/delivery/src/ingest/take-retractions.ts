// Takes retractions into the ledger: remembered before anything is done about them, so they hold whichever comes first,
// the request or its retraction.
import { Inject, Injectable } from '@nestjs/common';
import type { Pool } from 'pg';
import { OutboxRelay } from '@carillon/persistence';
import { DATABASE } from '@carillon/runtime';
import { applyRetractions, rememberRetractions, type Retraction } from '../ledger/retractions.ts';
import { Ownership } from '../ownership/ownership.ts';

@Injectable()
export class TakeRetractions {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    @Inject(Ownership) private readonly ownership: Ownership,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
  ) {}

  async take(retractions: readonly Retraction[]): Promise<void> {
    if (retractions.length === 0) return;
    await rememberRetractions(this.pool, retractions);
    const reopened = await applyRetractions(
      this.pool,
      retractions.map((retraction) => retraction.notificationId),
    );
    this.relay.wake();
    await this.ownership.announce(reopened);
  }
}
