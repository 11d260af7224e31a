// What becomes of the records of tenants that move between cells (docs/adr/0044). Guarantees: a record of a tenant that
// this cell has given away goes on to its new cell; one of a tenant that has not arrived wholly is held, and taken in
// the order of arrival when it has; each in the transaction in which that was decided. Records of other tenants do not
// wait. A platform of one cell pays nothing.
import { Inject, Injectable } from '@nestjs/common';
import type { ClientBase, Pool } from 'pg';
import { inCell, type DataOf, type Topic } from '@carillon/domain';
import { encode, type RawRecord, type Received } from '@carillon/messaging';
import { lockMoves, movesDuring, type Move } from '@carillon/cells';
import { addToOutbox, inTransaction, OutboxRelay, takesTooLong } from '@carillon/persistence';
import { Tenants } from '@carillon/runtime';
import { endWhereNothingIsHeld, hold, releasedTenants, takeHeld, type HeldRecord } from '../ledger/held-records.ts';

export const MOVES_DATABASE = Symbol('connections that hold while a batch is ingested');

/** How many held records are taken at a time. */
const heldAtOnce = 200;

interface OfTenant {
  tenantId: string;
}

/** What is kept of a record that is held. */
export interface HeldData<T extends Topic> {
  data: DataOf<T>;
  traceparent?: string;
}

@Injectable()
export class MovingTenants {
  constructor(
    @Inject(MOVES_DATABASE) private readonly pool: Pool,
    @Inject(Tenants) private readonly tenants: Tenants,
    @Inject(OutboxRelay) private readonly relay: OutboxRelay,
  ) {}

  /**
   * Passes on what this cell takes.
   * @param elsewhere the cell of a tenant of which this database knows no move, where records of its topic may be
   *   those of tenants of any cell
   */
  async divide<T extends Topic, R extends Received<T>>(
    topic: T,
    records: readonly R[],
    take: (mine: readonly R[]) => Promise<void>,
    elsewhere: (tenantId: string) => string | undefined = () => undefined,
  ): Promise<void> {
    if (!this.tenants.divided || records.length === 0) return take(records);
    let forwarded = false;
    await movesDuring(this.pool, records.map(tenantOf), async (moves, client) => {
      const { mine, held, gone } = divided(records, moves, elsewhere);
      await hold(
        client,
        held.map((record) => heldOf(topic, record)),
      );
      await addToOutbox(
        client,
        gone.map(([record, cell]) => forwardedTo(inCell(topic, cell), record)),
      );
      forwarded = gone.length > 0;
      if (mine.length > 0) await take(mine);
    });
    if (forwarded) this.relay.wake();
  }

  /**
   * Takes what is held for tenants that have arrived, a bounded number of records of each. One process at a time does
   * it for a tenant; where one tenant's records cannot be taken, those of the others are.
   * @returns the tenants of which nothing is held any more, and whether there is more to do
   */
  async release(take: (held: readonly HeldRecord[]) => Promise<void>): Promise<{ arrived: string[]; more: boolean }> {
    if (!this.tenants.divided) return { arrived: [], more: false };
    const released = await releasedTenants(this.pool);
    const ends = await Promise.allSettled(released.map((tenantId) => this.releaseSome(tenantId, take)));
    const arrived = released.filter((_, n) => {
      const end = ends[n]!;
      return end.status === 'fulfilled' && end.value;
    });
    const failed = ends.find((end) => end.status === 'rejected');
    if (failed) throw failed.reason;
    return { arrived, more: arrived.length < released.length };
  }

  /** Whether the tenant has arrived with that. */
  private async releaseSome(tenantId: string, take: (held: readonly HeldRecord[]) => Promise<void>): Promise<boolean> {
    const taken = await inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<{ mine: boolean }>(
        `SELECT pg_try_advisory_xact_lock(hashtextextended('held ' || $1, 0)) AS mine`,
        [tenantId],
      );
      if (!rows[0]!.mine) return undefined;
      const held = await takeHeld(client, tenantId, heldAtOnce);
      if (held.length > 0) await take(held);
      return held.length;
    });
    return taken === 0 && (await this.end(tenantId));
  }

  private async end(tenantId: string): Promise<boolean> {
    try {
      return await inTransaction(this.pool, async (client: ClientBase) => {
        await lockMoves(client);
        return endWhereNothingIsHeld(client, tenantId);
      });
    } catch (error) {
      if (takesTooLong(error)) return false;
      throw error;
    }
  }
}

const tenantOf = ({ data }: Received): string => (data as OfTenant).tenantId;

interface Divided<R> {
  mine: R[];
  held: R[];
  gone: [R, string][];
}

function divided<R extends Received>(
  records: readonly R[],
  moves: ReadonlyMap<string, Move>,
  elsewhere: (tenantId: string) => string | undefined,
): Divided<R> {
  const parts: Divided<R> = { mine: [], held: [], gone: [] };
  for (const record of records) {
    const tenantId = tenantOf(record);
    const move = moves.get(tenantId);
    const cell = move === undefined ? elsewhere(tenantId) : move.direction === 'out' ? move.cell : undefined;
    if (cell !== undefined) parts.gone.push([record, cell]);
    else if (move && !move.ended) parts.held.push(record);
    else parts.mine.push(record);
  }
  return parts;
}

function heldOf(topic: Topic, record: Received): { tenantId: string; topic: string; record: string } {
  const { data, traceparent } = record;
  const kept: HeldData<Topic> = { data, ...(traceparent !== undefined && { traceparent }) };
  return { tenantId: tenantOf(record), topic: topic.name, record: JSON.stringify(kept) };
}

/** As it came, so that what this release does not know of it is not lost; the type names the topic. */
function forwardedTo(topic: Topic, record: Received): RawRecord {
  const { raw, partition } = record;
  if (raw.headers['ce_type'] === undefined) {
    const { id, source, time, data, traceparent, tracestate } = record;
    const trace = {
      ...(traceparent !== undefined && { traceparent }),
      ...(tracestate !== undefined && { tracestate }),
    };
    return encode(topic, { id, source, data, ...(time !== undefined && { time }), ...trace }, { validate: false });
  }
  const headers: RawRecord['headers'] = {};
  for (const [name, value] of Object.entries(raw.headers)) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) headers[name] = first;
  }
  return { topic: topic.name, key: raw.key, value: raw.value, headers: { ...headers, ce_type: topic.name }, partition };
}
