// Keeps this service's own copy of the people and their links. Promise: one statement per batch, and a person who is
// deleted leaves nothing behind here but the key and the version; what they chose and unsubscribed from goes too. What a
// record must be to count: check-state.ts.
import { Inject, Injectable } from '@nestjs/common';
import { normaliseEmail, recipientChanged } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DATABASE, Tenants } from '@carillon/runtime';
import type { Pool } from 'pg';
import { growVersionOf } from '../resolution/knowledge-version.ts';
import type { StateRules } from './check-state.ts';
import { isNewer, newestByKey } from './newest.ts';

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

@Injectable()
export class ApplyRecipients implements Handles<typeof recipientChanged> {
  private readonly rules: StateRules<typeof recipientChanged>;

  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    tenants: Tenants,
  ) {
    this.rules = {
      topic: recipientChanged,
      // A tombstone has its key only; a tenant's id holds no colon.
      tenantOf: ({ key }) => key?.split(':', 1)[0],
      isDeclared: (tenantId) => tenants.has(tenantId),
      versionOf: ({ version }) => version,
    };
  }

  async handle(batch: Batch<typeof recipientChanged>): Promise<void> {
    const rows = newestByKey(batch, this.rules);
    if (rows.length === 0) return;
    const columns: unknown[][] = Array.from({ length: 12 }, () => []);
    for (const { key, version, state: s } of rows) {
      const values = s
        ? [s.tenantId, s.memberId, s.email, normaliseEmail(s.email), s.name, s.active, s.locale, s.timeZone, JSON.stringify(s.links)]
        : Array<null>(9).fill(null);
      [key, ...values, version, s === null].forEach((value, i) => columns[i]!.push(value ?? null));
    }
    await this.pool.query({ name: 'replicas-recipients', text: applySql, values: columns });
  }
}
