// Takes resolved records into the ledger, each recipient and each content once (docs/adr/0004 and 0024). Guarantees: of a
// notification only one content is ever told, the first that was stored; what came under the same id with another one is
// handed back whole and counted in the first's timeline; a recipient who is told under another name is recorded as suppressed.
// The usual batch is one statement; only a batch with such a record takes more.
import type { Pool } from 'pg';
import { samePerson } from './identities.ts';
import { ingest, type Ingested, type SamePerson } from './ingest.ts';
import { recordReuses } from './id-reuse.ts';
import { planIngest, type IngestPlan, type ResolvedRecord } from './plan-ingest.ts';

export interface Taken<R> {
  /** One per statement. */
  rounds: { plan: IngestPlan; ingested: Ingested }[];
  /** Records whose notification holds another content. */
  reused: R[];
}

export async function ingestRecords<R extends ResolvedRecord>(pool: Pool, records: readonly R[], now: Date): Promise<Taken<R>> {
  const reports = records.filter(reportsReuse);
  const resolved = reports.length === 0 ? records : records.filter((record) => !reportsReuse(record));
  const { first, others } = byContent(resolved);
  const taken: Taken<R> = { rounds: [], reused: [] };
  await take(pool, first, now, taken);
  if (others.length > 0) {
    const { same, different } = await compared(pool, others);
    taken.reused.push(...different);
    await take(pool, same, now, taken);
  }
  if (reports.length + taken.reused.length > 0) await recordReuses(pool, [...reports, ...taken.reused], now);
  return taken;
}

async function take<R extends ResolvedRecord>(pool: Pool, records: readonly R[], now: Date, taken: Taken<R>): Promise<void> {
  for (let left: readonly R[] = records; left.length > 0; ) {
    const plan = planIngest(left, now);
    const ingested = await ingest(pool, plan);
    taken.rounds.push({ plan, ingested });
    if (ingested.samePerson.length > 0) await suppressSamePersons(pool, left, ingested.samePerson, now, taken);
    if (ingested.reused.length + ingested.unseen.length === 0) return;
    const [reused, unseen] = [new Set(ingested.reused), new Set(ingested.unseen)];
    taken.reused.push(...left.filter((record) => reused.has(record.data.notification.notificationId)));
    left = left.filter((record) => unseen.has(record.data.notification.notificationId));
  }
}

/** Recorded like any suppressed decision, with its outcome. A crash before this leads to the same again, since the record is read again. */
async function suppressSamePersons<R extends ResolvedRecord>(pool: Pool, records: readonly R[], refused: readonly SamePerson[], now: Date, taken: Taken<R>): Promise<void> {
  const others = new Map(refused.map(({ notificationId, recipient, other }) => [`${notificationId} ${recipient}`, other]));
  const suppressed = records.map(({ data, traceparent }): ResolvedRecord => {
    const decisions = data.decisions.flatMap((decision) => {
      const other = others.get(`${data.notification.notificationId} ${decision.recipient}`);
      return other === undefined ? [] : [samePerson(decision, other)];
    });
    return { data: { ...data, decisions }, ...(traceparent !== undefined && { traceparent }) };
  });
  const plan = planIngest(suppressed.filter((record) => record.data.decisions.length > 0), now);
  taken.rounds.push({ plan, ingested: await ingest(pool, plan) });
}

/** Preferences met the same id with another content, and says so without a decision. */
const reportsReuse = ({ data: { decisions, reasons } }: ResolvedRecord): boolean =>
  decisions.length === 0 && (reasons?.some(({ code }) => code === 'id_reused') ?? false);

/** `first`: of each notification only records with one content, so that one statement can tell whether it is the stored one. */
function byContent<R extends ResolvedRecord>(records: readonly R[]): { first: R[]; others: R[] } {
  const hashes = new Map<string, string | undefined>();
  const [first, others]: [R[], R[]] = [[], []];
  for (const record of records) {
    const { notificationId, requestHash } = record.data.notification;
    if (!hashes.has(notificationId)) hashes.set(notificationId, requestHash);
    (hashes.get(notificationId) === requestHash ? first : others).push(record);
  }
  return { first, others };
}

/** Once the notifications are stored. Records of releases before this one have no hash, and are taken. */
async function compared<R extends ResolvedRecord>(pool: Pool, records: readonly R[]): Promise<{ same: R[]; different: R[] }> {
  const { rows } = await pool.query<{ id: string; hash: string }>(
    'SELECT notification_id AS id, request_hash AS hash FROM notification WHERE notification_id = ANY($1::uuid[]) AND request_hash IS NOT NULL',
    [[...new Set(records.map((record) => record.data.notification.notificationId))]],
  );
  const stored = new Map(rows.map(({ id, hash }) => [id, hash]));
  const isSame = ({ data: { notification } }: R): boolean => {
    const hash = stored.get(notification.notificationId);
    return hash === undefined || notification.requestHash === undefined || hash === notification.requestHash;
  };
  return { same: records.filter(isSame), different: records.filter((record) => !isSame(record)) };
}
