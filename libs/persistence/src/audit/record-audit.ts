// Writes audit entries. Guarantees: one statement for any number of entries; row and record on the topic exist both or
// neither, together with whatever else the transaction changes; an entry that is not an audit entry fails the
// transaction and is never written in part.
import { auditRecorded, type AuditEntry } from '@carillon/domain';
import { encode } from '@carillon/messaging';
import { OUTBOX_CHANNEL, outboxColumns, outboxColumnTypes, type Queryable } from '../outbox/outbox-table.ts';
import { defineStatement, rows } from '../sql/define-statement.ts';

const addEntries = defineStatement({
  parameters: {
    entries: rows({
      id: 'uuid',
      tenantId: 'text?',
      at: 'timestamptz',
      service: 'text',
      actorKind: 'text',
      actorId: 'text',
      actorRoles: 'jsonb',
      action: 'text',
      outcome: 'text',
      subject: 'text',
      detail: 'jsonb?',
    }),
    records: rows(outboxColumnTypes),
  },
  text: (p) => `WITH entry AS (
       INSERT INTO audit_entry (${p.entries.columns})
       SELECT id, tenant_id, at, service, actor_kind, actor_id, ARRAY(SELECT jsonb_array_elements_text(actor_roles)), action, outcome, subject, detail
         FROM ${p.entries.as('e', 'n')} ORDER BY n),
     added AS (
       INSERT INTO outbox (${p.records.columns})
       SELECT ${p.records.columns} FROM ${p.records.as('r', 'n')} ORDER BY n)
     SELECT pg_notify('${OUTBOX_CHANNEL}', '')`,
});

/** @param tx the transaction of the change itself */
export async function recordAudit(tx: Queryable, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  const records = entries.map((data) =>
    encode(auditRecorded, { id: data.id, source: `/carillon/${data.service}`, time: data.at, data }),
  );
  const { text, values } = addEntries({ entries: entries.map(rowOf), records: outboxColumns(records) });
  await tx.query(text, values);
}

const rowOf = ({ actor, detail, ...entry }: AuditEntry) => ({
  ...entry,
  tenantId: entry.tenantId,
  actorKind: actor.kind,
  actorId: actor.id,
  actorRoles: JSON.stringify(actor.roles ?? []),
  detail: detail === undefined ? null : JSON.stringify(detail),
});
