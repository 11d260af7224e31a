// Writes to the ledger that must not be lost because the database is away: they are repeated until it accepts them.
// Only a result that the database refuses for itself is given up, with an error in the log: its attempt stays
// `sending` without a process that carries it out, so it soon becomes `unknown`. A write that takes too long (a locked
// row) throws.
import type { Pool } from 'pg';
import { createLogger } from '@carillon/telemetry';
import { unclaim, type Claim } from '../ledger/claims.ts';
import { takesTooLong } from '@carillon/persistence';
import { isRefused } from '../ledger/errors.ts';
import { record, type Recorded } from '../ledger/results.ts';
import type { DeliveryResult } from '../model/delivery-result.ts';

export const databasePauseMs = 500;

const log = createLogger('ledger');

export async function recordResults(pool: Pool, results: readonly DeliveryResult[]): Promise<Recorded> {
  for (;;) {
    try {
      return await record(pool, results);
    } catch (error) {
      if (takesTooLong(error)) throw error;
      if (isRefused(error)) return results.length > 1 ? recordOneByOne(pool, results) : givenUp(results[0], error);
      log.warn({ err: error, results: results.length }, 'results could not be recorded; trying again');
      await pause();
    }
  }
}

/** Undoes claims whose requests were surely never written. */
export async function unclaimUntilStored(
  pool: Pool,
  claims: readonly Pick<Claim, 'deliveryId' | 'attemptId'>[],
): Promise<void> {
  for (;;) {
    try {
      return await unclaim(pool, claims);
    } catch (error) {
      log.warn({ err: error, claims: claims.length }, 'claims could not be undone; trying again');
      await pause();
    }
  }
}

async function recordOneByOne(pool: Pool, results: readonly DeliveryResult[]): Promise<Recorded> {
  const all: Recorded = { states: new Map(), fallbacks: [] };
  for (const result of results) {
    const { states, fallbacks } = await recordResults(pool, [result]);
    for (const [id, state] of states) all.states.set(id, state);
    all.fallbacks.push(...fallbacks);
  }
  return all;
}

function givenUp(result: DeliveryResult | undefined, error: unknown): Recorded {
  log.error({ err: error, deliveryId: result?.deliveryId }, 'a result was refused by the database');
  return { states: new Map(), fallbacks: [] };
}

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, databasePauseMs));
