// Writes that must not be lost because the database is away: repeated until it takes them. Only a result that it
// refuses for itself is given up, loudly.
import type { Pool } from 'pg';
import { OutboxRecordTooLargeError } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import { unclaim, type Claim } from '../ledger/claims.ts';
import { record, type Recorded } from '../ledger/results.ts';
import type { DeliveryResult } from '../model/delivery-result.ts';

export const databasePauseMs = 500;

const badErrorClasses = /^(21|22|23|42)/;
const log = createLogger('ledger');

export async function recordUntilStored(pool: Pool, results: readonly DeliveryResult[]): Promise<Recorded> {
  for (;;) {
    try {
      return await record(pool, results);
    } catch (error) {
      if (isRefused(error)) return results.length > 1 ? recordOneByOne(pool, results) : givenUp(results[0], error);
      log.warn({ err: error, results: results.length }, 'results could not be recorded; trying again');
      await pause();
    }
  }
}

/** Undoes claims that wrote nothing. */
export async function unclaimUntilStored(
  pool: Pool,
  claims: readonly Pick<Claim, 'deliveryId' | 'attemptId'>[],
): Promise<void> {
  for (;;) {
    try {
      return await unclaim(pool, claims);
    } catch (error) {
      log.warn({ err: error, claims: claims.length }, 'claims could not be taken back; trying again');
      await pause();
    }
  }
}

async function recordOneByOne(pool: Pool, results: readonly DeliveryResult[]): Promise<Recorded> {
  const all: Recorded = { states: new Map(), fallbacks: [] };
  for (const result of results) {
    const { states, fallbacks } = await recordUntilStored(pool, [result]);
    for (const [id, state] of states) all.states.set(id, state);
    all.fallbacks.push(...fallbacks);
  }
  return all;
}

/** Its attempt stays `sending` without anybody carrying it out, so it soon becomes `unknown` (orphans). */
function givenUp(result: DeliveryResult | undefined, error: unknown): Recorded {
  log.error({ err: error, deliveryId: result?.deliveryId }, 'a result was refused by the database');
  return { states: new Map(), fallbacks: [] };
}

/** Whether the database will never take the statement, whatever the weather. */
const isRefused = (error: unknown): boolean =>
  error instanceof OutboxRecordTooLargeError || badErrorClasses.test((error as { code?: string }).code ?? '');

const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, databasePauseMs));
