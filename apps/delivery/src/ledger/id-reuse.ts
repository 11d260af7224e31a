// How often another content came under the id of a notification, and when last: one row per notification, however
// often it happens. The count is at least one per refused request; a record that Kafka repeats is counted again.
import type { Pool } from 'pg';
import { defineStatement, rows } from '@carillon/persistence';
import type { ResolvedRecord } from '../model/ingest-plan.ts';

export interface IdReuse {
  times: number;
  firstAt: Date;
  lastAt: Date;
}

/** Records of one refused request, which may be many, count once per call. */
export async function recordReuses(pool: Pool, records: readonly ResolvedRecord[], now: Date): Promise<void> {
  const counted = new Map<string, { tenantId: string; contents: Set<string | undefined>; reports: number }>();
  for (const { data } of records) {
    const { notificationId, requestHash } = data.notification;
    let one = counted.get(notificationId);
    if (!one) counted.set(notificationId, (one = { tenantId: data.tenantId, contents: new Set(), reports: 0 }));
    if (data.decisions.length === 0) one.reports += 1;
    else one.contents.add(requestHash);
  }
  const reuses = [...counted]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([id, { tenantId, contents, reports }]) => ({ id, tenantId, times: contents.size + reports }));
  await pool.query(countReuses({ reuses, now }));
}

const countReuses = defineStatement({
  parameters: { reuses: rows({ id: 'uuid', tenantId: 'text', times: 'integer' }), now: 'timestamptz' },
  text: (p) => `
INSERT INTO id_reuse AS r (notification_id, tenant_id, times, first_at, last_at)
SELECT id, tenant_id, times, ${p.now}, ${p.now} FROM ${p.reuses.as('u')}
ON CONFLICT (notification_id) DO UPDATE
   SET times = least(r.times::bigint + excluded.times, 2147483647), last_at = greatest(r.last_at, excluded.last_at)`,
});

export async function reuseOf(pool: Pool, notificationId: string): Promise<IdReuse | undefined> {
  const { rows: found } = await pool.query<IdReuse>(
    'SELECT times, first_at AS "firstAt", last_at AS "lastAt" FROM id_reuse WHERE notification_id = $1',
    [notificationId],
  );
  return found[0];
}
