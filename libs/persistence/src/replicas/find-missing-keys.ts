// Finds the rows of a replica whose key its topic no longer holds: they were deleted, and their tombstones were
// compacted away. Guarantees: the rows are listed before the topic is read, so a row that is added meanwhile is never
// found; one process at a time does this for a topic; memory does not grow with the topic. The caller treats a row
// that is found as if a tombstone with the row's own version had come: a newer state, read before or after, stays.
//
// A topic that lost its records looks like one whose keys were all deleted. So the function throws ReplicaMismatch, and
// nothing is deleted, where the topic has no key at all, or where more than 20 rows, and more than half of the replica,
// would be deleted.
import type { Pool, PoolClient } from 'pg';
import { defineStatement } from '../sql/define-statement.ts';

export interface MissingKey {
  key: string;
  version: number;
}

export interface MissingKeysOptions {
  topic: string;
  /** `SELECT … AS key, … AS version`: the rows of the replica that are not deleted. */
  rows: string;
  /** Reads the whole topic; resolves only when it was read to its end. */
  readKeys: (onKeys: (keys: string[]) => Promise<void>) => Promise<void>;
}

export class ReplicaMismatch extends Error {
  readonly code = 'replica_mismatch';
  readonly retry = 'never';
  override readonly name = 'ReplicaMismatch';

  constructor(topic: string, gone: number, rows: number) {
    super(
      `${gone} of ${rows} rows have no record in ${topic}; nothing was removed. If the topic was made anew, its producers have to write all states again`,
    );
  }
}

/** So few missing rows are no sign of a lost topic, where the topic has other keys. */
const fewRows = 20;

const tryLock = defineStatement({
  parameters: { topic: 'text' },
  text: (p) => `SELECT pg_try_advisory_lock(hashtextextended('replica ' || ${p.topic}, 0)) AS taken`,
});

const insertPresent = defineStatement({
  parameters: { keys: 'text[]' },
  text: (p) => `INSERT INTO present SELECT DISTINCT unnest(${p.keys}) ON CONFLICT DO NOTHING`,
});

/** Undefined: another process is doing this. */
export async function findMissingKeys(
  pool: Pool,
  { topic, rows, readKeys }: MissingKeysOptions,
): Promise<MissingKey[] | undefined> {
  const client = await pool.connect();
  client.on('error', () => undefined);
  try {
    const lock = await client.query<{ taken: boolean }>(tryLock({ topic }));
    if (!lock.rows[0]?.taken) return undefined;
    return await compare(client, topic, rows, readKeys);
  } finally {
    // Closing the connection drops the temporary tables. It would release the lock too, but at some later moment, and
    // a call that follows at once would find it taken.
    await client.query('SELECT pg_advisory_unlock_all()').catch(() => undefined);
    client.release(true);
  }
}

async function compare(
  client: PoolClient,
  topic: string,
  rows: string,
  readKeys: MissingKeysOptions['readKeys'],
): Promise<MissingKey[]> {
  await client.query(`CREATE TEMP TABLE known AS ${rows}`);
  const counted = await client.query<{ rows: number }>('SELECT count(*)::int AS rows FROM known');
  const total = counted.rows[0]!.rows;
  if (total === 0) return [];
  await client.query('CREATE TEMP TABLE present (key text PRIMARY KEY)');
  await readKeys(async (keys) => {
    await client.query(insertPresent({ keys }));
  });
  await client.query('ANALYZE known');
  await client.query('ANALYZE present');
  const gone = await client.query<{ key: string; version: string }>(
    'SELECT known.key, known.version FROM known WHERE NOT EXISTS (SELECT FROM present WHERE present.key = known.key)',
  );
  const { rowCount: keys } = await client.query('SELECT FROM present LIMIT 1');
  const lost = keys === 0 || (gone.rows.length > fewRows && gone.rows.length > total / 2);
  if (lost) throw new ReplicaMismatch(topic, gone.rows.length, total);
  return gone.rows.map(({ key, version }) => ({ key, version: Number(version) }));
}
