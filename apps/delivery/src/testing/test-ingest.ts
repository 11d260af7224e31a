// The consumers of a delivery process, on one pool, as app.module.ts ties them together.
import type { Pool } from 'pg';
import type { OutboxRelay } from '@carillon/persistence';
import type { Tenants } from '@carillon/runtime';
import type { Channels } from '../channels/index.ts';
import type { Dispatcher } from '../dispatch/dispatcher.ts';
import { IngestResolved } from '../ingest/ingest-resolved.ts';
import { IngestRetracted } from '../ingest/ingest-retracted.ts';
import { MovingTenants } from '../ingest/moving-tenants.ts';
import { ReleaseHeld } from '../ingest/release-held.ts';
import { StoreResolved } from '../ingest/store-resolved.ts';
import { TakeRetractions } from '../ingest/take-retractions.ts';
import type { Ownership } from '../ownership/ownership.ts';

export interface TestIngestParts {
  pool: Pool;
  channels: Channels;
  tenants: Tenants;
  /** By default one that claims nothing at once. */
  dispatcher?: Partial<Dispatcher>;
  ownership?: Partial<Ownership>;
  relay?: Partial<OutboxRelay>;
  cell?: string;
}

export function testIngest({ pool, channels, tenants, cell = '0', ...given }: TestIngestParts) {
  const dispatcher = {
    reserve: () => undefined,
    wakeAll: () => undefined,
    ...given.dispatcher,
  } as unknown as Dispatcher;
  const ownership = {
    announce: () => Promise.resolve(),
    assignNow: () => undefined,
    wakeAll: () => Promise.resolve(),
    ...given.ownership,
  } as unknown as Ownership;
  const relay = { wake: () => undefined, ...given.relay } as unknown as OutboxRelay;
  const store = new StoreResolved(pool, ownership, dispatcher, relay, channels);
  const retractions = new TakeRetractions(pool, ownership, relay);
  const moving = new MovingTenants(pool, tenants, relay);
  return {
    resolved: new IngestResolved(pool, store, moving, relay, channels, tenants),
    retracted: new IngestRetracted(retractions, moving, tenants, { CELL: cell }),
    held: new ReleaseHeld(pool, moving, store, retractions, dispatcher, ownership),
  };
}
