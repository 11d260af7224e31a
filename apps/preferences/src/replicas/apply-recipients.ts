// Keeps this service's own copy of the people and their links. Promise: one statement per batch, and a person who is
// deleted leaves nothing behind here but the key and the version; what they chose and unsubscribed from goes too. What
// a record must be to count: `stateRecordFault`.
import { Inject, Injectable } from '@nestjs/common';
import { normaliseEmail, recipientChanged, type RecipientState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import type { GoneKey } from '@carillon/persistence';
import { DATABASE, Tenants } from '@carillon/runtime';
import type { Pool } from 'pg';
import { growVersionOf } from '../resolution/knowledge-version.ts';
import { isNewer, newestByKey, type Newest } from './newest.ts';

const applySql = `WITH applied AS (
  INSERT INTO recipient AS r (key, tenant_id, member_id, email, email_key, name, active, locale, time_zone, links, version, deleted)
  SELECT key, tenant_id, member_id, email, email_key, name, active, locale, time_zone, links::jsonb, version, deleted
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bool[], $8::text[], $9::text[],
    $10::text[], $11::bigint[], $12::bool[])
    AS n(key, tenant_id, member_id, email, email_key, name, active, locale, time_zone, links, version, deleted)
  ORDER BY key
  ON CONFLICT (key) DO UPDATE SET
    tenant_id = coalesce(excluded.tenant_id, r.tenant_id), member_id = coalesce(excluded.member_id, r.member_id),
    email = excluded.email, email_key = excluded.email_key, name = excluded.name, active = excluded.active,
    locale = excluded.locale, time_zone = excluded.time_zone, links = excluded.links,
    version = excluded.version, deleted = excluded.deleted
  WHERE ${isNewer('r')}
  RETURNING tenant_id, member_id, deleted),
forgotten AS (
  DELETE FROM member_preferences p USING applied a
  WHERE a.deleted AND p.tenant_id = a.tenant_id AND p.member_id = a.member_id),
forgotten_too AS (
  DELETE FROM unsubscription u USING applied a
  WHERE a.deleted AND u.tenant_id = a.tenant_id AND u.recipient = 'member:' || a.member_id)
${growVersionOf('applied')}`;

/** The most that one statement forgets. */
const forgottenAtOnce = 2_000;

@Injectable()
export class ApplyRecipients implements Handles<typeof recipientChanged> {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly tenants: Tenants,
  ) {}

  async handle(batch: Batch<typeof recipientChanged>): Promise<void> {
    await this.store(newestByKey(recipientChanged, batch, { tenants: this.tenants, keysNameTenants: true }));
  }

  /** Rows whose tombstone nobody saw: they go as if it had come with the row's own version. */
  async forget(gone: readonly GoneKey[]): Promise<void> {
    for (let from = 0; from < gone.length; from += forgottenAtOnce) {
      await this.store(
        gone.slice(from, from + forgottenAtOnce).map(({ key, version }) => ({ key, version, state: null })),
      );
    }
  }

  private async store(rows: readonly Newest<RecipientState>[]): Promise<void> {
    if (rows.length === 0) return;
    const columns: unknown[][] = Array.from({ length: 12 }, () => []);
    for (const { key, version, state: s } of rows) {
      const values = s
        ? [
            s.tenantId,
            s.memberId,
            s.email,
            normaliseEmail(s.email),
            s.name,
            s.active,
            s.locale,
            s.timeZone,
            JSON.stringify(s.links),
          ]
        : Array<null>(9).fill(null);
      [key, ...values, version, s === null].forEach((value, i) => columns[i]!.push(value ?? null));
    }
    await this.pool.query({ name: 'replicas-recipients', text: applySql, values: columns });
  }
}
