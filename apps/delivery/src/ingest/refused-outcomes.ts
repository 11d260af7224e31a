// A resolved record that is refused is reported to its producer too, where the record still says whose notification it
// was. Guarantees: a record that this release cannot read or store ends as failed for each recipient that it names and
// that no other record decided; a record that may not be believed ends as failed once, since nothing that it names is
// trusted; the same refusal has the same event id, however often it is found.
import type { Pool } from 'pg';
import {
  eventId,
  eventSource,
  isStorable,
  notificationOutcome,
  recipientsPerRecord,
  storable,
  tenantId,
} from '@carillon/domain';
import { notificationIdOf, uuidv5 } from '@carillon/domain/ids';
import { encode, type RawRecord, type Rejection } from '@carillon/messaging';
import { defineStatement, rows } from '@carillon/persistence';
import { z } from 'zod';

const origin = z.object({ tenantId, notification: z.object({ source: eventSource, id: eventId }) });
const named = z.object({ decisions: z.array(z.object({ recipient: z.string().min(1) }).catch({ recipient: '' })) });

/** Nothing is wrong with who says it: a neighbouring release wrote it, or the database cannot hold it. */
const believed = new Set(['invalid_payload', 'not_storable', 'not_handled']);

/** What an outcome tells of it. */
export type RefusedRecord = Pick<Rejection, 'data' | 'code' | 'traceparent'>;

interface Refused {
  rejection: RefusedRecord;
  tenantId: string;
  source: string;
  id: string;
  notificationId: string;
  recipients: string[];
}

export async function refusedOutcomes(
  pool: Pool,
  rejections: readonly RefusedRecord[],
  at: Date,
): Promise<RawRecord[]> {
  const refused = rejections.flatMap(readRefused);
  const decided = await decidedAmong(pool, refused);
  return refused.flatMap((one) => {
    const open = one.recipients.filter((recipient) => !decided.has(`${one.notificationId} ${recipient}`));
    if (one.recipients.length === 0) return [outcomeOf(one, at)];
    return open.map((recipient) => outcomeOf(one, at, recipient));
  });
}

function readRefused(rejection: RefusedRecord): Refused[] {
  const { data, code } = rejection;
  const parsed = origin.safeParse(data);
  if (!parsed.success) return [];
  const {
    tenantId,
    notification: { source, id },
  } = parsed.data;
  const decisions = believed.has(code) ? (named.safeParse(data).data?.decisions ?? []) : [];
  const recipients = [...new Set(decisions.map(({ recipient }) => recipient))].filter((recipient) => recipient !== '');
  const notificationId = notificationIdOf(tenantId, source, id);
  return [
    { rejection, tenantId, source, id, notificationId, recipients: recipients.slice(0, 2 * recipientsPerRecord) },
  ];
}

const selectDecided = defineStatement({
  parameters: { wanted: rows({ id: 'uuid', recipient: 'text' }) },
  text: (p) => `
SELECT d.notification_id AS id, d.recipient
  FROM decision d JOIN ${p.wanted.as('w')} ON d.notification_id = w.id AND d.recipient = w.recipient`,
});

async function decidedAmong(pool: Pool, refused: readonly Refused[]): Promise<Set<string>> {
  const wanted = refused.flatMap(({ notificationId: id, recipients }) =>
    recipients.filter(isStorable).map((recipient) => ({ id, recipient })),
  );
  if (wanted.length === 0) return new Set();
  const { rows: found } = await pool.query<{ id: string; recipient: string }>(
    selectDecided({ wanted: { id: wanted.map(({ id }) => id), recipient: wanted.map(({ recipient }) => recipient) } }),
  );
  return new Set(found.map(({ id, recipient }) => `${id} ${recipient}`));
}

function outcomeOf(
  { rejection: { code, traceparent }, tenantId, source, id, notificationId }: Refused,
  at: Date,
  recipient?: string,
): RawRecord {
  return encode(notificationOutcome, {
    id: uuidv5(notificationId, 'refused', code, ...(recipient === undefined ? [] : [recipient])),
    source: '/carillon/delivery',
    ...(traceparent !== undefined && { traceparent }),
    data: {
      tenantId,
      notification: { source, id, notificationId },
      ...(recipient !== undefined && { recipient: storable(recipient) }),
      outcome: 'failed',
      reason: code,
      attempts: 0,
      possibleDuplicate: false,
      possiblyDelivered: false,
      at: at.toISOString(),
    },
  });
}
