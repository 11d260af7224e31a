// Which rows of a delivery database belong to a tenant, and how they are written in another. Guarantees: rows that are
// there already stay as they are, so a copy that was interrupted is made again; what a tenant shares with others is
// named here with the reason. A spec of delivery compares this list with the tables that there are.

export interface TenantRows {
  table: string;
  /** Follows `FROM <table> AS t WHERE`; $1 is the tenant. */
  which: string;
  /** Follows the INSERT. */
  onConflict: string;
  /** A condition on a row `t` that is not written, because it is there. */
  there?: string;
  /** Columns that the other database sets itself. */
  without?: readonly string[];
}

const keep = 'ON CONFLICT DO NOTHING';
const ofDeliveries = `t.delivery_id IN (SELECT delivery_id FROM delivery WHERE tenant_id = $1 UNION ALL
                                       SELECT delivery_id FROM departing_delivery WHERE tenant_id = $1)`;
const teams = 'SELECT team_id FROM installation WHERE tenant_id = $1 AND team_id IS NOT NULL';

/** In the order in which they are copied. What waits to be sent is not among them: it is taken, not copied. */
export const tenantRows: readonly TenantRows[] = [
  { table: 'notification', which: 't.tenant_id = $1', onConflict: keep },
  {
    // Decisions of forgotten notifications only keep a late repetition out. They no longer say whose they are, so all
    // of them go along.
    table: 'decision',
    which: 't.answer IS NULL OR t.notification_id IN (SELECT notification_id FROM notification WHERE tenant_id = $1)',
    onConflict: keep,
  },
  { table: 'delivery_settled', which: 't.tenant_id = $1', onConflict: keep },
  { table: 'attempt', which: ofDeliveries, onConflict: keep },
  { table: 'file_upload', which: ofDeliveries, onConflict: keep },
  {
    table: 'slot',
    which: `t.slot_id IN (SELECT collapse_slot FROM delivery WHERE tenant_id = $1 UNION SELECT thread_slot FROM delivery WHERE tenant_id = $1
                          UNION SELECT (queued->>'collapse_slot')::uuid FROM departing_delivery WHERE tenant_id = $1
                          UNION SELECT (queued->>'thread_slot')::uuid FROM departing_delivery WHERE tenant_id = $1)`,
    onConflict: keep,
  },
  { table: 'digest', which: `t.digest_key ^@ ($1 || ':')`, onConflict: keep },
  { table: 'retraction', which: 't.tenant_id = $1', onConflict: keep },
  { table: 'id_reuse', which: 't.tenant_id = $1', onConflict: keep },
  { table: 'conversation', which: `t.team_id IN (${teams})`, onConflict: keep },
  {
    table: 'audit_entry',
    which: 't.tenant_id = $1',
    without: ['seq'],
    there: 'EXISTS (SELECT FROM audit_entry a WHERE a.tenant_id = t.tenant_id AND a.at = t.at AND a.id = t.id)',
    onConflict: '',
  },
];

/** Its pace, what Slack blocked, and whether an operator paused it. */
export const laneRows: TenantRows = {
  table: 'lane',
  which: `t.lane_id IN (${teams}) OR t.lane_id = 'email:' || $1`,
  without: ['pod_id', 'epoch'],
  onConflict: `ON CONFLICT (lane_id) DO UPDATE SET posting_per_minute = excluded.posting_per_minute, pace = excluded.pace,
               blocked = excluded.blocked, paused_at = excluded.paused_at, paused_by = excluded.paused_by, pause_reason = excluded.pause_reason`,
};

/** Tables without rows of a tenant, with the reason. */
export const sharedTables: Readonly<Record<string, string>> = {
  cell: 'says which cell the database belongs to',
  installation: "each cell has its own replica of installation's topic",
  migrations: 'of the database',
  outbox: 'its records are on their way to Kafka, which all cells share',
  pod: 'processes of the cell',
  tenant_move: 'says where the tenant is',
  held_record: 'waits in the cell that takes the tenant over',
  departing_delivery: 'what waits to be sent, on its way',
  delivery: 'the parent of delivery_live and delivery_settled',
  delivery_live: 'is taken into departing_delivery, not copied',
};
