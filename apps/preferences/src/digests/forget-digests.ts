// Deletes digests that are older than the decisions in delivery's gate, and thus older than any record that a topic
// repeats.
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DATABASE, Lifecycle } from '@carillon/runtime';
import type { Pool } from 'pg';
import { ForgetByPages } from '../database/forget-by-pages.ts';

export const digestDays = 30;

@Injectable()
export class ForgetDigests implements OnApplicationBootstrap {
  private readonly digests: ForgetByPages;

  constructor(
    @Inject(DATABASE) pool: Pool,
    private readonly lifecycle: Lifecycle,
  ) {
    const condition = `seen_on < current_date - ${digestDays}`;
    this.digests = new ForgetByPages(pool, { table: 'request_digest', condition, lock: 7_310_001 });
  }

  onApplicationBootstrap(): void {
    this.digests.startWith(this.lifecycle);
  }

  /** Returns how many it deleted. */
  forget(): Promise<number> {
    return this.digests.forget();
  }
}
