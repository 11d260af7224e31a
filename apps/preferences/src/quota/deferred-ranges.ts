// Which requests are deferred, by tenant and partition of the requested topic: those of the tenant from one offset to
// another. Guarantees: there is at most one range per tenant and partition, and every request of the tenant in it is
// deferred; a range is durable before the offsets of its requests are committed, and shrinks only after its requests
// are resolved. While no tenant has a range in a partition, and no other process handles the partition meanwhile, the
// database is not asked. Offsets are numbers below 2^53.
import { Inject, Injectable } from '@nestjs/common';
import { defineStatement, rows } from '@carillon/persistence';
import { DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';

export interface OffsetRange {
  first: number;
  last: number;
}

/** By tenant. */
export type TenantRanges = ReadonlyMap<string, Readonly<OffsetRange>>;

/** Ranges that are read at once; those with the lowest offsets. */
const mostRanges = 10_000;

const selectFirst = defineStatement({
  name: 'deferred-first',
  parameters: { partition: 'integer', tenants: rows({ tenantId: 'text' }) },
  text: (p) => `SELECT t.tenant_id, d.first_offset::float8,
                       EXISTS (SELECT FROM deferred_range WHERE partition = ${p.partition})
                  FROM ${p.tenants.as('t')} LEFT JOIN deferred_range d
                    ON d.partition = ${p.partition} AND d.tenant_id = t.tenant_id`,
});

const insertRanges = defineStatement({
  name: 'deferred-extend',
  parameters: { partition: 'integer', ranges: rows({ tenantId: 'text', first: 'bigint', last: 'bigint' }) },
  text: (p) => `INSERT INTO deferred_range AS d (partition, tenant_id, first_offset, last_offset)
                SELECT ${p.partition}, tenant_id, first, last FROM ${p.ranges.as('r')} ORDER BY tenant_id
                ON CONFLICT (partition, tenant_id) DO UPDATE
                   SET first_offset = least(d.first_offset, excluded.first_offset),
                       last_offset = greatest(d.last_offset, excluded.last_offset)`,
});

const selectRanges = defineStatement({
  name: 'deferred-ranges',
  parameters: { partitions: 'integer[]', limit: 'integer' },
  text: (p) => `SELECT partition, tenant_id, first_offset::float8, last_offset::float8
                  FROM deferred_range WHERE partition = ANY (${p.partitions})
                 ORDER BY partition, first_offset LIMIT ${p.limit}`,
});

/** A range that was extended meanwhile keeps what was added; one that begins before `from` was not read whole. */
const shrinkRanges = defineStatement({
  name: 'deferred-resolved',
  parameters: { partition: 'integer', from: 'bigint', resolved: rows({ tenantId: 'text', through: 'bigint' }) },
  text: (p) => `WITH resolved AS MATERIALIZED (SELECT * FROM ${p.resolved.as('r')}),
                ended AS (
                  DELETE FROM deferred_range d USING resolved r
                   WHERE d.partition = ${p.partition} AND d.tenant_id = r.tenant_id
                     AND d.first_offset >= ${p.from} AND d.last_offset <= r.through
                )
                UPDATE deferred_range d SET first_offset = r.through + 1 FROM resolved r
                 WHERE d.partition = ${p.partition} AND d.tenant_id = r.tenant_id
                   AND d.first_offset BETWEEN ${p.from} AND r.through AND d.last_offset > r.through`,
});

interface Known {
  any: boolean;
  /** Where the next batch begins if no other process has handled the partition meanwhile. */
  next: number;
}

const none: ReadonlyMap<string, number> = new Map();

@Injectable()
export class DeferredRanges {
  private readonly known = new Map<number, Known>();

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  /** The first offset of the range in the partition, for those of these tenants that have one. */
  async firstOf(
    partition: number,
    tenants: ReadonlySet<string>,
    { first, last }: OffsetRange,
  ): Promise<ReadonlyMap<string, number>> {
    const known = this.known.get(partition);
    const asksNothing = tenants.size === 0 || (known?.next === first && !known.any);
    if (asksNothing) {
      if (known?.next === first) known.next = last + 1;
      return none;
    }
    const statement = selectFirst({ partition, tenants: { tenantId: [...tenants] } });
    const { rows: found } = await this.pool.query<[string, number | null, boolean]>({ ...statement, rowMode: 'array' });
    this.known.set(partition, { any: found[0]![2], next: last + 1 });
    return new Map(found.flatMap(([tenant, offset]) => (offset === null ? [] : [[tenant, offset]])));
  }

  /** Before the offsets of these requests are committed. */
  async extend(partition: number, ranges: TenantRanges): Promise<void> {
    const given = [...ranges].map(([tenantId, range]) => ({ tenantId, ...range }));
    await this.pool.query(insertRanges({ partition, ranges: given }));
    const known = this.known.get(partition);
    if (known) known.any = true;
  }

  async of(partitions: readonly number[]): Promise<ReadonlyMap<number, TenantRanges>> {
    const statement = selectRanges({ partitions, limit: mostRanges });
    const { rows: found } = await this.pool.query<[number, string, number, number]>({ ...statement, rowMode: 'array' });
    const byPartition = new Map<number, Map<string, OffsetRange>>();
    for (const [partition, tenant, first, last] of found) {
      const ranges = byPartition.get(partition) ?? new Map<string, OffsetRange>();
      byPartition.set(partition, ranges.set(tenant, { first, last }));
    }
    return byPartition;
  }

  /** After the requests of these tenants from `from` up to these offsets were resolved. */
  async resolved(partition: number, from: number, through: ReadonlyMap<string, number>): Promise<void> {
    const resolved = { tenantId: [...through.keys()], through: [...through.values()] };
    await this.pool.query(shrinkRanges({ partition, from, resolved }));
  }
}
