// Stores the digest of the first request of each notification, and finds requests that reuse an id with other content.
// Guarantees: of several different requests with one id, in one batch, several partitions or several processes at once,
// exactly one is the first. An equal request is never refused. The claims of a batch are not synced to disk, so a crash
// of the database may lose the last second; delivery refuses a reuse of such an id, because it compares `requestHash`
// again.
import { Inject, Injectable } from '@nestjs/common';
import { defineStatement, type BoundStatement } from '@carillon/persistence';
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
const claimed = { notificationIds: 'text', digests: 'text' } as const;
const insertOf = (p: Record<keyof typeof claimed, string>): string => `
INSERT INTO request_digest (notification_id, digest) SELECT notification_id, digest
  FROM unnest(string_to_array(${p.notificationIds}, ',')::uuid[], string_to_array(${p.digests}, ',')) AS claimed (notification_id, digest)`;
/** Waiting for the disk would cost every batch more than the claim itself. */
const insertUnsyncedOf = (p: Record<keyof typeof claimed, string>): string => `
WITH unsynced AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
${insertOf(p)} CROSS JOIN unsynced`;

const claims = {
  synced: defineStatement({
    name: 'digests-claim',
    parameters: claimed,
    text: (p) => `${insertOf(p)} ORDER BY notification_id ON CONFLICT DO NOTHING`,
  }),
  unsynced: defineStatement({
    name: 'digests-claim-unsynced',
    parameters: claimed,
    text: (p) => `${insertUnsyncedOf(p)} ORDER BY notification_id ON CONFLICT DO NOTHING`,
  }),
  /** Fails where an id is not free. ON CONFLICT writes each row twice, which is nearly half of what a claim costs. */
  allFree: defineStatement({
    name: 'digests-claim-free',
    parameters: claimed,
    text: (p) => `${insertUnsyncedOf(p)} ORDER BY notification_id`,
  }),
};
type ClaimStatement = (lists: { notificationIds: string; digests: string }) => BoundStatement;

/** Repeated ids come in runs: so many batches without one are claimed before ids count as free again. */
const cleanBatchesBeforeFree = 20;
const uniqueViolation = '23505';

const selectStored = defineStatement({
  name: 'digests-stored',
  parameters: { notificationIds: 'uuid[]' },
  text: (p) => `SELECT notification_id, digest FROM request_digest WHERE notification_id = ANY(${p.notificationIds})`,
});

const releaseClaim = defineStatement({
  name: 'digests-release',
  parameters: { notificationId: 'uuid', requestHash: 'text' },
  text: (p) => `
DELETE FROM request_digest WHERE notification_id = ${p.notificationId} AND digest = ${p.requestHash}`,
});

const none: ReadonlySet<number> = new Set();

@Injectable()
export class RequestDigests {
  /** Batches that are yet to be claimed without a repeated id, before ids count as free. */
  private repeatsExpected = 0;

  constructor(@Inject(DATABASE) private readonly pool: Pool) {}

  /**
   * The places in the list of requests whose id stands for another content. Of one id, the first in the list counts.
   */
  async refused(requests: readonly Claim[]): Promise<ReadonlySet<number>> {
    if (requests.length === 0) return none;
    const first = firstOfEach(requests);
    const stored = await this.claimMostlyFree(first);
    if (stored === first && first.size === requests.length) return none;
    return placesOfOthers(stored, requests);
  }

  /** As `refused`; the claims are on disk when this returns, because callers are answered by them. */
  async refusedDurably(requests: readonly Claim[]): Promise<ReadonlySet<number>> {
    if (requests.length === 0) return none;
    const stored = await this.claim(claims.synced, firstOfEach(requests));
    return placesOfOthers(stored, requests);
  }

  /** For a request that was refused after its claim (it is too large): a corrected one may come with its id. */
  async release({ notificationId, requestHash }: Claim): Promise<void> {
    await this.pool.query(releaseClaim({ notificationId, requestHash }));
  }

  /** Ids are new, mostly: the statement that fails on a repeated one is tried first, unless ids repeated lately. */
  private async claimMostlyFree(claimed: Map<string, string>): Promise<Map<string, string>> {
    if (this.repeatsExpected === 0) {
      try {
        await this.insert(claims.allFree, claimed);
        return claimed;
      } catch (error) {
        if ((error as { code?: string }).code !== uniqueViolation) throw error;
        this.repeatsExpected = cleanBatchesBeforeFree;
      }
    }
    const stored = await this.claim(claims.unsynced, claimed);
    this.repeatsExpected = stored === claimed ? this.repeatsExpected - 1 : cleanBatchesBeforeFree;
    return stored;
  }

  /** What each id stands for now. Where all of the given ones were free, that is what was given. */
  private async claim(statement: ClaimStatement, claimed: Map<string, string>): Promise<Map<string, string>> {
    if ((await this.insert(statement, claimed)) === claimed.size) return claimed;
    // A second statement: only its snapshot sees what another process inserted while the first waited for it.
    const { rows } = await this.pool.query<[string, string]>({
      ...selectStored({ notificationIds: [...claimed.keys()] }),
      rowMode: 'array',
    });
    return new Map(rows);
  }

  /** How many of the ids were free. */
  private async insert(statement: ClaimStatement, claimed: Map<string, string>): Promise<number | null> {
    const lists = { notificationIds: [...claimed.keys()].join(), digests: [...claimed.values()].join() };
    return (await this.pool.query(statement(lists))).rowCount;
  }
}

function firstOfEach(requests: readonly Claim[]): Map<string, string> {
  const first = new Map<string, string>();
  for (const { notificationId, requestHash } of requests)
    if (!first.has(notificationId)) first.set(notificationId, requestHash);
  return first;
}

const placesOfOthers = (stored: ReadonlyMap<string, string>, requests: readonly Claim[]): Set<number> =>
  new Set(requests.flatMap((claim, place) => (standsForAnother(stored, claim) ? [place] : [])));

/** An id that is not there was deleted for its age between the two statements. */
function standsForAnother(stored: ReadonlyMap<string, string>, { notificationId, requestHash }: Claim): boolean {
  const first = stored.get(notificationId);
  return first !== undefined && first !== requestHash;
}
