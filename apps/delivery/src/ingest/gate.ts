// The gate: takes resolved records into the ledger, each person and each content once (docs/adr/0004 and 0024).
// Guarantees: of a notification only one content is ever sent, the first that was stored; a record of the same
// notification with another content is handed back whole and counted in the first's timeline; a person who is notified
// under another name is recorded as suppressed. The records of one notification may come in any order and through
// several processes at once. Cost: a batch of new notifications is one statement. What belongs to a known notification
// takes one transaction more for the whole batch, which holds the notifications' rows meanwhile: the snapshot of a
// single statement could not see what another process decides at the same moment.
import type { ClientBase, Pool } from 'pg';
import { defineStatement, inTransaction } from '@carillon/persistence';
import { Identities, identitiesOf } from './identities.ts';
import { storeNew, storeWithin, type Ingested } from '../ledger/store-plan.ts';
import { recordReuses } from '../ledger/id-reuse.ts';
import type { IngestPlan, ResolvedRecord } from '../model/ingest-plan.ts';
import type { PlaceOf } from '../model/queue-place.ts';
import type { ImmediateClaims } from './immediate-claims.ts';
import { planIngest } from './plan-ingest.ts';

export interface Taken<R> {
  /** One per statement. */
  rounds: { plan: IngestPlan; ingested: Ingested }[];
  /** Records whose notification holds another content. */
  reused: R[];
}

/** Claims what could be sent at once, in the statement that stores the plan. */
export type ClaimNow = (plan: IngestPlan) => ImmediateClaims;

export async function ingestRecords<R extends ResolvedRecord>(
  pool: Pool,
  records: readonly R[],
  placeOf: PlaceOf,
  now: Date,
  claimNow?: ClaimNow,
): Promise<Taken<R>> {
  const taken: Taken<R> = { rounds: [], reused: [] };
  const reports = records.filter(reportsReuse);
  let left = reports.length === 0 ? records : records.filter((record) => !reportsReuse(record));
  while (left.length > 0) {
    const { first, others } = byContent(left);
    const known = [...(await takeNew(pool, first, placeOf, now, taken, claimNow)), ...others];
    if (known.length === 0) break;
    left = await inTransaction(pool, (client) => takeKnown(client, known, placeOf, now, taken));
  }
  if (reports.length + taken.reused.length > 0) await recordReuses(pool, [...reports, ...taken.reused], now);
  return taken;
}

/** Answers with the records of notifications that were there before. */
async function takeNew<R extends ResolvedRecord>(
  pool: Pool,
  records: readonly R[],
  placeOf: PlaceOf,
  now: Date,
  taken: Taken<R>,
  claimNow?: ClaimNow,
): Promise<R[]> {
  const plan = planIngest(records, placeOf, now);
  const ingested = await storeAndClaim(pool, plan, claimNow?.(plan));
  taken.rounds.push({ plan, ingested });
  if (ingested.known.length === 0) return [];
  const known = new Set(ingested.known);
  return records.filter((record) => known.has(record.data.notification.notificationId));
}

async function storeAndClaim(pool: Pool, plan: IngestPlan, claims?: ImmediateClaims): Promise<Ingested> {
  let ingested: Ingested;
  try {
    ingested = await storeNew(pool, plan, claims?.claims);
  } catch (error) {
    claims?.failed();
    throw error;
  }
  claims?.stored(ingested);
  return ingested;
}

/** Answers with the records of notifications that are not there (any more, or yet). */
async function takeKnown<R extends ResolvedRecord>(
  client: ClientBase,
  records: readonly R[],
  placeOf: PlaceOf,
  now: Date,
  taken: Taken<R>,
): Promise<R[]> {
  const { rows } = await client.query<{ id: string; hash: string | null }>(
    `SELECT notification_id AS id, request_hash AS hash FROM notification
      WHERE notification_id = ANY($1::uuid[]) ORDER BY notification_id FOR NO KEY UPDATE`,
    [[...new Set(records.map((record) => record.data.notification.notificationId))]],
  );
  const hashes = new Map(rows.map(({ id, hash }) => [id, hash]));
  const sorted = Object.groupBy(records, ({ data: { notification } }) => {
    const stored = hashes.get(notification.notificationId);
    if (stored === undefined) return 'absent';
    // Records and notifications of earlier releases have no digest.
    return stored === null || notification.requestHash === undefined || notification.requestHash === stored
      ? 'same'
      : 'reused';
  });
  taken.reused.push(...(sorted.reused ?? []));
  if (sorted.same) {
    const plan = planIngest(sorted.same, placeOf, now, await heldIdentities(client, sorted.same));
    taken.rounds.push({ plan, ingested: await storeWithin(client, plan) });
  }
  return sorted.absent ?? [];
}

const selectHeld = defineStatement({
  parameters: { ids: 'uuid[]', names: 'text[]' },
  // Of those that do not send, only who was refused as the same person has aliases; who is notified counts first.
  text: (p) => `
SELECT notification_id AS id, recipient, answer->'aliases' AS aliases FROM decision
 WHERE notification_id = ANY(${p.ids}) AND (answer->>'verdict' = 'send' OR answer->'aliases' IS NOT NULL)
   AND (recipient = ANY(${p.names}) OR EXISTS (SELECT FROM json_array_elements_text(answer->'aliases') AS a(name) WHERE name = ANY(${p.names})))
 ORDER BY answer->>'verdict' = 'send'`,
});

/** Who is notified already of those whom the records decide on. */
async function heldIdentities(client: ClientBase, records: readonly ResolvedRecord[]): Promise<Identities> {
  const held = new Identities();
  const { rows } = await client.query<{ id: string; recipient: string; aliases: string[] | null }>(
    selectHeld({
      ids: [...new Set(records.map((record) => record.data.notification.notificationId))],
      names: [...new Set(records.flatMap(({ data }) => data.decisions.flatMap(identitiesOf)))],
    }),
  );
  for (const { id, recipient, aliases } of rows) held.hold(id, [recipient, ...(aliases ?? [])], recipient);
  return held;
}

/** Preferences met the same id with another content, and says so without a decision. */
const reportsReuse = ({ data: { decisions, reasons } }: ResolvedRecord): boolean =>
  decisions.length === 0 && (reasons?.some(({ code }) => code === 'id_reused') ?? false);

/** `first`: of each notification only records with one content, so that only one is stored. */
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
