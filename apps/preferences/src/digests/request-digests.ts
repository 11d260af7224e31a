// One id, one content: remembers the digest of the first request of each notification, and says which requests came
// with an id that stands for another content. Guarantees: of several different requests with one id, in one batch, in
// several partitions or several processes at once, exactly one is the first; an equal one is never refused. It does not
// outlive a crash of the database by itself: the claims of a batch are not synced to disk, and a reuse in the last
// second before such a crash is refused by delivery, which compares `requestHash` again.
import { Inject, Injectable } from '@nestjs/common';
import { DATABASE } from '@carillon/runtime';
import type { Pool } from 'pg';

export interface Claim {
  notificationId: string;
  requestHash: string;
}

/**
 * Lists as one text each: an array of a thousand costs the client more than the statement. Sorted, so that two
 * processes with the same ids never wait for each other in a circle.
 */
const claimSql = `INSERT INTO request_digest (notification_id, digest)
  SELECT notification_id, digest FROM unnest(string_to_array($1, ',')::uuid[], string_to_array($2, ',')) AS claimed (notification_id, digest)
  ORDER BY notification_id ON CONFLICT DO NOTHING`;

/** Waiting for the disk would cost every batch more than the claim itself. */
const claimUnsyncedSql = `WITH unsynced AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
  INSERT INTO request_digest (notification_id, digest)
  SELECT notification_id, digest FROM unnest(string_to_array($1, ',')::uuid[], string_to_array($2, ',')) AS claimed (notification_id, digest) CROSS JOIN unsynced
  ORDER BY notification_id ON CONFLICT DO NOTHING`;

const storedSql = 'SELECT notification_id, digest FROM request_digest WHERE notification_id = ANY($1::uuid[])';

const releaseSql = 'DELETE FROM request_digest WHERE notification_id = $1 AND digest = $2';

const none: ReadonlySet<number> = new Set();

@Injectable()
export class RequestDigests {
  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  /**
   * The places in the list of requests whose id stands for another content. Of one id, the first in the list counts.
   */
  async refused(claims: readonly Claim[]): Promise<ReadonlySet<number>> {
    if (claims.length === 0) return none;
    const first = new Map<string, string>();
    for (const { notificationId, requestHash } of claims)
      if (!first.has(notificationId)) first.set(notificationId, requestHash);
    const stored = await this.claim('digests-claim-unsynced', claimUnsyncedSql, first);
    if (stored === first && first.size === claims.length) return none;
    return new Set(claims.flatMap((claim, place) => (standsForAnother(stored, claim) ? [place] : [])));
  }

  /** Whether the id is free or stands for this content; for one request, whose claim is on disk when this returns. */
  async accepts({ notificationId, requestHash }: Claim): Promise<boolean> {
    const stored = await this.claim('digests-claim', claimSql, new Map([[notificationId, requestHash]]));
    return !standsForAnother(stored, { notificationId, requestHash });
  }

  /** For a request that was refused after its claim (it is too large): a corrected one may come with its id. */
  async release({ notificationId, requestHash }: Claim): Promise<void> {
    await this.pool.query({ name: 'digests-release', text: releaseSql, values: [notificationId, requestHash] });
  }

  /** What each id stands for now. Where all of the given ones were free, that is what was given. */
  private async claim(name: string, text: string, claimed: Map<string, string>): Promise<Map<string, string>> {
    const ids = [...claimed.keys()];
    const { rowCount } = await this.pool.query({ name, text, values: [ids.join(), [...claimed.values()].join()] });
    if (rowCount === claimed.size) return claimed;
    // A second statement: only its snapshot sees what another process inserted while the first waited for it.
    const { rows } = await this.pool.query<[string, string]>({
      name: 'digests-stored',
      text: storedSql,
      values: [ids],
      rowMode: 'array',
    });
    return new Map(rows);
  }
}

/** An id that is not there was deleted for its age between the two statements. */
function standsForAnother(stored: ReadonlyMap<string, string>, { notificationId, requestHash }: Claim): boolean {
  const first = stored.get(notificationId);
  return first !== undefined && first !== requestHash;
}
