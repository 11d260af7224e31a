// Stores until when each replica of this database followed its topic. A compacted topic keeps a tombstone for 14 days
// (`tombstoneRetention`), so a replica that was not updated for longer may have rows that were deleted meanwhile
// (find-missing-keys.ts).
import type { Queryable } from '../outbox/outbox-table.ts';

/** Undefined where nothing is stored. */
export async function followedUntil(db: Queryable, topic: string): Promise<Date | undefined> {
  const { rows } = (await db.query('SELECT followed_until AS at FROM followed_topic WHERE topic = $1', [topic])) as {
    rows: { at: Date }[];
  };
  return rows[0]?.at;
}

export async function noteFollowed(db: Queryable, topic: string): Promise<void> {
  await db.query(
    'INSERT INTO followed_topic (topic, followed_until) VALUES ($1, now()) ON CONFLICT (topic) DO UPDATE SET followed_until = now()',
    [topic],
  );
}
