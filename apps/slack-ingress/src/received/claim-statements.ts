// The SQL of the received events. A claim belongs to the request that inserted the row; a row that was not published
// within `abandonedMs` was left by a process that ended, and the next request takes it over.
import { defineStatement } from '@carillon/persistence';

/** Longer than a request is worked on, so that only an abandoned claim is taken over. */
const abandonedMs = 5_000;

/**
 * Answers for each id whether it is the caller's, or was published before. Ids must be distinct. Only an id that was
 * not claimed is looked up, one by one: a join would read the whole table for as long as PostgreSQL keeps the plan that
 * it made when the table was small.
 */
export const claimEvents = defineStatement({
  name: 'claim-events',
  parameters: { ids: 'text[]' },
  text: (p) => `
WITH claimed AS (
  INSERT INTO received_event AS r (id, claimed_at, published)
  SELECT id, clock_timestamp(), false FROM unnest(${p.ids}) AS u(id) ORDER BY id
  ON CONFLICT (id) DO UPDATE SET claimed_at = excluded.claimed_at
   WHERE NOT r.published AND r.claimed_at < excluded.claimed_at - interval '${abandonedMs} milliseconds'
  RETURNING id)
SELECT u.id, c.id IS NOT NULL AS claimed,
       CASE WHEN c.id IS NULL THEN coalesce((SELECT r.published FROM received_event r WHERE r.id = u.id), false)
            ELSE false END AS published
  FROM unnest(${p.ids}) AS u(id) LEFT JOIN claimed c USING (id)`,
});

export const markPublished = defineStatement({
  name: 'mark-published',
  parameters: { ids: 'text[]' },
  text: (p) => `UPDATE received_event SET published = true WHERE id = ANY (${p.ids}) AND NOT published`,
});

/** So that Slack's next attempt is accepted at once. */
export const releaseEvents = defineStatement({
  name: 'release-events',
  parameters: { ids: 'text[]' },
  text: (p) => `DELETE FROM received_event WHERE id = ANY (${p.ids}) AND NOT published`,
});

/** Slack sends an event again for up to a day, where the app asked for delayed events. */
export const forgetEvents = defineStatement({
  name: 'forget-events',
  parameters: { most: 'integer' },
  text: (p) => `
DELETE FROM received_event WHERE ctid = ANY (ARRAY(
  SELECT ctid FROM received_event WHERE claimed_at < now() - interval '26 hours'
   LIMIT ${p.most} FOR UPDATE SKIP LOCKED))`,
});
