// Reads and changes the saved destinations of a tenant. Guarantees: what is saved was there when it was saved; a
// change, its record on Kafka and its audit entry are one transaction; of two changes that name one version, one is
// refused; nothing of another tenant is read or changed. A channel is kept by its id: a new name changes nothing.
import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { destinationChanged, nextVersion, type FieldError, type SavedAudience } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';
import { encode, tombstone } from '@carillon/messaging';
import { addToOutbox, defineStatement, inTransaction, lockName, rows } from '@carillon/persistence';
import {
  AuditLog,
  DATABASE,
  etagOf,
  notFound,
  Problem,
  problemOfFields,
  refuseIfChanged,
  type Identity,
} from '@carillon/runtime';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';
import { containing } from '../installations/installation-of-tenant.ts';

export interface Destination {
  id: string;
  name: string;
  to: SavedAudience[];
  version: number;
  updatedBy: string;
  updatedAt: string;
}

export interface DestinationBody {
  name: string;
  to: SavedAudience[];
}

/** Preferences keeps all of them in memory while the tenant's notifications are decided. */
const mostOfTenant = 500;

const columns = `destination_id AS id, name, audience AS "to", version, updated_by AS "updatedBy", updated_at AS "updatedAt"`;
type Row = Omit<Destination, 'version' | 'updatedAt'> & { version: string; updatedAt: Date };

const selectPage = defineStatement({
  parameters: { tenantId: 'text', name: 'text?', afterName: 'text', afterId: 'text', count: 'integer' },
  text: (p) => `
SELECT ${columns} FROM destination
 WHERE tenant_id = ${p.tenantId} AND (${p.name} IS NULL OR name ILIKE ${p.name})
   AND (lower(name), destination_id::text) > (${p.afterName}, ${p.afterId})
 ORDER BY lower(name), destination_id::text LIMIT ${p.count}`,
});
const selectOne = defineStatement({
  parameters: { tenantId: 'text', id: 'uuid' },
  text: (p) => `SELECT ${columns} FROM destination WHERE tenant_id = ${p.tenantId} AND destination_id = ${p.id}`,
});
const selectTaken = defineStatement({
  parameters: { tenantId: 'text', id: 'uuid', name: 'text' },
  text: (p) => `
SELECT count(*)::int AS all, count(*) FILTER (WHERE lower(name) = lower(${p.name}) AND destination_id <> ${p.id})::int AS named
  FROM destination WHERE tenant_id = ${p.tenantId}`,
});
const upsert = defineStatement({
  parameters: { id: 'uuid', tenantId: 'text', name: 'text', to: 'jsonb', version: 'bigint', updatedBy: 'text' },
  text: (p) => `
INSERT INTO destination AS d (destination_id, tenant_id, name, audience, version, updated_by)
VALUES (${p.id}, ${p.tenantId}, ${p.name}, ${p.to}, ${p.version}, ${p.updatedBy})
ON CONFLICT (destination_id) DO UPDATE SET name = excluded.name, audience = excluded.audience, version = excluded.version,
       updated_by = excluded.updated_by, updated_at = now()
RETURNING ${columns}`,
});
const remove = defineStatement({
  parameters: { id: 'uuid' },
  text: (p) => `DELETE FROM destination WHERE destination_id = ${p.id}`,
});

/** The places of the audience that are not there: an unknown member, a channel that is unknown or archived. */
const selectMissing = defineStatement({
  parameters: {
    tenantId: 'text',
    members: rows({ place: 'text', id: 'text' }),
    channels: rows({ place: 'text', id: 'text', installation: 'text?' }),
  },
  text: (p) => `
SELECT given.place, 'is no member of the tenant' AS message FROM ${p.members.as('given')}
 WHERE NOT EXISTS (SELECT FROM member m WHERE m.tenant_id = ${p.tenantId} AND m.member_id = given.id AND NOT m.deleted)
UNION ALL
SELECT given.place, CASE WHEN found.archived THEN 'the channel is archived'
                         ELSE 'the last sync found no such channel that the app may see' END
  FROM ${p.channels.as('given')} LEFT JOIN LATERAL (
    SELECT bool_and(c.archived) AS archived FROM channel c JOIN installation i USING (installation_id)
     WHERE c.channel_id = given.id AND i.tenant_id = ${p.tenantId} AND NOT i.deleted
       AND (given.installation IS NULL OR c.installation_id = given.installation)) AS found ON true
 WHERE found.archived IS NOT FALSE`,
});

@Injectable()
export class Destinations {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly audit: AuditLog,
  ) {}

  async list(
    tenantId: string,
    { q, after, count }: { q?: string | undefined; after?: readonly [string, string] | undefined; count: number },
  ): Promise<Destination[]> {
    const [afterName, afterId] = after ?? ['', ''];
    const found = await this.pool.query<Row>(selectPage({ tenantId, name: containing(q), afterName, afterId, count }));
    return found.rows.map(shown);
  }

  get(tenantId: string, id: string): Promise<Destination> {
    return find(this.pool, tenantId, id);
  }

  /** Why those whom it names would not be told now: one that was archived or removed since it was saved. */
  async faults(tenantId: string, { to }: Pick<Destination, 'to'>): Promise<FieldError[]> {
    return missing(this.pool, tenantId, to);
  }

  create(tenantId: string, body: DestinationBody, caller: Identity): Promise<Destination> {
    return this.change(tenantId, async (client) => {
      const id = randomUUID();
      await refuseTaken(client, tenantId, id, body.name, 'new');
      return this.save(client, { tenantId, id, version: 0 }, body, caller, undefined);
    });
  }

  replace(
    tenantId: string,
    id: string,
    body: DestinationBody,
    caller: Identity,
    ifMatch: string | undefined,
  ): Promise<Destination> {
    return this.change(tenantId, async (client) => {
      const before = await find(client, tenantId, id);
      refuseIfChanged(etagOf(before), ifMatch);
      await refuseTaken(client, tenantId, before.id, body.name, 'known');
      return this.save(client, { tenantId, id: before.id, version: before.version }, body, caller, before);
    });
  }

  delete(tenantId: string, id: string, caller: Identity, ifMatch: string | undefined): Promise<void> {
    return this.change(tenantId, async (client) => {
      const before = await find(client, tenantId, id);
      refuseIfChanged(etagOf(before), ifMatch);
      await client.query(remove({ id: before.id }));
      const version = nextVersion(before.version);
      await addToOutbox(client, [tombstone(destinationChanged, `${tenantId}:${before.id}`, version)]);
      await this.record(client, caller, tenantId, before.id, 'destination.deleted', { before });
    });
  }

  private change<T>(tenantId: string, work: (client: PoolClient) => Promise<T>): Promise<T> {
    return inTransaction(this.pool, async (client) => {
      await lockName(client, `destinations:${tenantId}`);
      return work(client);
    });
  }

  private async save(
    client: PoolClient,
    of: { tenantId: string; id: string; version: number },
    { name, to }: DestinationBody,
    caller: Identity,
    before: Destination | undefined,
  ): Promise<Destination> {
    const { tenantId, id } = of;
    const errors = await missing(client, tenantId, to);
    if (errors.length > 0) throw problemOfFields(errors);
    const version = nextVersion(of.version);
    const updatedBy = caller.memberId;
    const { rows: saved } = await client.query<Row>(
      upsert({ id, tenantId, name, to: JSON.stringify(to), version, updatedBy }),
    );
    const data = { tenantId, destinationId: id, name, to, version };
    const outgoing = {
      id: uuidv5(tenantId, id, String(version)),
      source: '/carillon/directory-sync',
      subject: id,
      data,
    };
    await addToOutbox(client, [encode(destinationChanged, outgoing, { validate: false })]);
    const after = shown(saved[0]!);
    const action = before ? 'destination.changed' : 'destination.created';
    await this.record(client, caller, tenantId, id, action, { ...(before && { before }), after });
    return after;
  }

  private async record(
    client: PoolClient,
    caller: Identity,
    tenantId: string,
    id: string,
    action: string,
    detail: Record<string, unknown>,
  ): Promise<void> {
    await this.audit.record(client, caller, { action, subject: `destination:${id}`, tenantId, detail });
  }
}

const shown = ({ version, updatedAt, ...row }: Row): Destination => ({
  ...row,
  version: Number(version),
  updatedAt: updatedAt.toISOString(),
});

async function find(db: Pick<Pool, 'query'>, tenantId: string, id: string): Promise<Destination> {
  const found = z.uuid().safeParse(id).success ? (await db.query<Row>(selectOne({ tenantId, id }))).rows[0] : undefined;
  if (!found) throw notFound(`destination ${id.slice(0, 100)}`);
  return shown(found);
}

async function refuseTaken(
  client: PoolClient,
  tenantId: string,
  id: string,
  name: string,
  which: 'new' | 'known',
): Promise<void> {
  const { rows: found } = await client.query<{ all: number; named: number }>(selectTaken({ tenantId, id, name }));
  const { all, named } = found[0]!;
  if (which === 'new' && all >= mostOfTenant)
    throw new Problem(409, 'Conflict', `a tenant has at most ${mostOfTenant} saved destinations`);
  if (named > 0)
    throw new Problem(409, 'Conflict', 'another destination has this name', [
      { path: 'name', message: 'is the name of another destination' },
    ]);
}

async function missing(db: Pick<Pool, 'query'>, tenantId: string, to: readonly SavedAudience[]): Promise<FieldError[]> {
  const members = to.flatMap((one, place) => {
    if ('member' in one) return [{ place: `to[${place}].member`, id: one.member }];
    return 'members' in one ? one.members.map((id, n) => ({ place: `to[${place}].members[${n}]`, id })) : [];
  });
  const channels = to.flatMap((one, place) =>
    'channel' in one
      ? [{ place: `to[${place}].channel`, id: one.channel, installation: one.installation ?? null }]
      : [],
  );
  const found = await db.query<{ place: string; message: string }>(selectMissing({ tenantId, members, channels }));
  return found.rows.map(({ place: path, message }) => ({ path, message }));
}
