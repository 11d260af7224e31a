// Which tenants have requests in the bulk topic that are not decided yet, by partition of the requested topic. Later
// requests of such a tenant in that partition follow them, so what shares an ordering key stays in order. Guarantees: a
// row is durable before its requests are in the bulk topic, and goes when the last of them was decided, in whichever
// process; a partition that comes from another process is read anew, and while a tenant is behind, so is each batch.
// Otherwise it asks the database nothing.
import { Inject, Injectable } from '@nestjs/common';
import { DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';

/** The last offset of each tenant that was moved, or decided. */
export type Through = ReadonlyMap<string, bigint>;

interface Known {
  tenants: Set<string>;
  /** Where the next batch begins if nobody else has handled the partition meanwhile. */
  next: bigint;
}

const none: ReadonlySet<string> = new Set();

@Injectable()
export class BulkBacklog {
  private readonly known = new Map<number, Known>();

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  /** The tenants whose requests in a batch of this partition must wait. */
  async behind(partition: number, first: bigint, last: bigint): Promise<ReadonlySet<string>> {
    const known = this.known.get(partition);
    if (known?.next === first && known.tenants.size === 0) {
      known.next = last + 1n;
      return none;
    }
    const { rows } = await this.pool.query<[string]>({
      name: 'bulk-behind',
      text: 'SELECT tenant_id FROM bulk_backlog WHERE partition = $1',
      values: [partition],
      rowMode: 'array',
    });
    const tenants = new Set(rows.map(([tenant]) => tenant));
    this.known.set(partition, { tenants, next: last + 1n });
    return tenants;
  }

  /** Before these requests are published to the bulk topic. */
  async extend(partition: number, through: Through): Promise<void> {
    await this.pool.query({
      name: 'bulk-extend',
      text: `INSERT INTO bulk_backlog AS b (tenant_id, partition, through)
             SELECT tenant_id, $2, through FROM unnest($1::text[], $3::bigint[]) AS n (tenant_id, through) ORDER BY tenant_id
             ON CONFLICT (tenant_id, partition) DO UPDATE SET through = greatest(b.through, excluded.through)`,
      values: [[...through.keys()], partition, [...through.values()].map(String)],
    });
    const known = this.known.get(partition);
    if (known) for (const tenant of through.keys()) known.tenants.add(tenant);
  }

  /** After these were decided: whoever was moved no further is behind no longer. */
  async decided(partition: number, through: Through): Promise<void> {
    await this.pool.query({
      name: 'bulk-decided',
      text: `DELETE FROM bulk_backlog b USING unnest($1::text[], $3::bigint[]) AS n (tenant_id, through)
              WHERE b.tenant_id = n.tenant_id AND b.partition = $2 AND b.through <= n.through`,
      values: [[...through.keys()], partition, [...through.values()].map(String)],
    });
  }
}
