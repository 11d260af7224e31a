// Writes audit entries. Guarantees: one statement for any number of entries; row and record on the topic exist both or
// neither, together with whatever else the transaction changes; an entry that is not an audit entry fails the
// transaction and is never written in part.
import { auditRecorded, type AuditEntry } from '@carillon/domain';
import { encode } from '@carillon/messaging';
import { OUTBOX_CHANNEL, outboxColumns, type Queryable } from '../outbox/outbox-table.ts';

/** @param tx the transaction of the change itself */
export async function recordAudit(tx: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const { topic, key, value, headers, partition } = outboxColumns(
    entries.map((data) =>
      encode(auditRecorded, { id: data.id, source: `/carillon/${data.service}`, time: data.at, data }),
    ),
  );
  await tx.query(
    `WITH entry AS (
       INSERT INTO audit_entry (id, tenant_id, at, service, actor_kind, actor_id, actor_roles, action, outcome, subject, detail)
       SELECT id, tenant_id, at, service, actor_kind, actor_id, ARRAY(SELECT jsonb_array_elements_text(actor_roles)), action, outcome, subject, detail
         FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::jsonb[], $8::text[], $9::text[], $10::text[], $11::jsonb[])
              WITH ORDINALITY AS e (id, tenant_id, at, service, actor_kind, actor_id, actor_roles, action, outcome, subject, detail, n)
        ORDER BY n),
     added AS (
       INSERT INTO outbox (topic, key, value, headers, partition)
       SELECT topic, key, value, headers, partition
         FROM unnest($12::text[], $13::bytea[], $14::bytea[], $15::jsonb[], $16::integer[])
              WITH ORDINALITY AS r (topic, key, value, headers, partition, n)
        ORDER BY n)
     SELECT pg_notify('${OUTBOX_CHANNEL}', '')`,
    [...entryColumns(entries), topic, key, value, headers, partition],
  );
}

function entryColumns(entries: readonly AuditEntry[]): unknown[][] {
  const column = <T>(of: (entry: AuditEntry) => T): T[] => entries.map(of);
  return [
    column((entry) => entry.id),
    column((entry) => entry.tenantId ?? null),
    column((entry) => entry.at),
    column((entry) => entry.service),
    column((entry) => entry.actor.kind),
    column((entry) => entry.actor.id),
    column((entry) => JSON.stringify(entry.actor.roles ?? [])),
    column((entry) => entry.action),
    column((entry) => entry.outcome),
    column((entry) => entry.subject),
    column((entry) => (entry.detail === undefined ? null : JSON.stringify(entry.detail))),
  ];
}
