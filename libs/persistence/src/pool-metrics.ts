// Shows the pools of this process in the metrics of database connections. Guarantees: a pool that is not used any more
// is not kept alive by it; pools of one name are added up.
import type { Pool } from 'pg';
import { poolConnections, poolMost, poolPending } from './metrics.ts';

const pools = new Set<{ name: string; pool: WeakRef<Pool> }>();

export function showPool(name: string, pool: Pool): void {
  pools.add({ name, pool: new WeakRef(pool) });
}

poolConnections.onRead((metric) => {
  metric.reset();
  poolMost.reset();
  poolPending.reset();
  for (const shown of pools) {
    const pool = shown.pool.deref();
    if (!pool || pool.ended) pools.delete(shown);
    else show(shown.name, pool);
  }
});

function show(name: string, { idleCount, totalCount, waitingCount, options }: Pool): void {
  const of = { 'db.client.connection.pool.name': name };
  poolConnections.add({ ...of, 'db.client.connection.state': 'idle' }, idleCount);
  poolConnections.add({ ...of, 'db.client.connection.state': 'used' }, totalCount - idleCount);
  poolMost.add(of, options.max ?? 0);
  poolPending.add(of, waitingCount);
}
