// Deletes what was counted long ago: windows that ended a day ago, and positions once no record of the requests is kept
// that would be decided again. Guarantees: a window that was created and is about to be counted in stays.
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DATABASE, Lifecycle } from '@carillon/runtime';
import type { Pool } from 'pg';
import { ForgetByPages } from '../database/forget-by-pages.ts';

/** Longer than the retention of requests. */
const positionDays = 8;

@Injectable()
export class ForgetBursts implements OnApplicationBootstrap {
  private readonly tables: readonly ForgetByPages[];

  constructor(
    @Inject(DATABASE) pool: Pool,
    private readonly lifecycle: Lifecycle,
  ) {
    const endedBefore = (days: number): string => `ends_at < now() - interval '${days} days'`;
    this.tables = [
      { table: 'burst_window', condition: `${endedBefore(1)} AND counted > 0`, lock: 7_310_002 },
      { table: 'burst_position', condition: endedBefore(positionDays), lock: 7_310_003 },
    ].map((old) => new ForgetByPages(pool, old));
  }

  onApplicationBootstrap(): void {
    for (const table of this.tables) table.startWith(this.lifecycle);
  }

  async forget(): Promise<void> {
    for (const table of this.tables) await table.forget();
  }
}
