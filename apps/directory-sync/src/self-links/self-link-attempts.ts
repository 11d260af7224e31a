// The attempts of members to link their own Slack account. Guarantees: an attempt ends after ten minutes, is used once
// (also by concurrent requests and over all processes), and only by the browser that began it; a member has one attempt
// per installation, the last that was begun; the database holds digests of its secrets only.
import { randomUUID } from 'node:crypto';
import { defineStatement, inTransaction } from '@carillon/persistence';
import type { AuditLog, BrowserBinding, Identity } from '@carillon/runtime';
import type { Pool } from 'pg';
import type { InstallationOfTenant } from '../installations/installation-of-tenant.ts';
import type { Refusal } from './self-link-refusals.ts';

const lifetimeMs = 10 * 60_000;
/** How long an expired attempt is kept, so that a late browser gets the reason. */
const rememberedMs = 24 * 3_600_000;

export interface SelfLinkAttempt {
  id: string;
  tenantId: string;
  memberId: string;
  installationId: string;
  nonce: string;
  returnTo: string | null;
}

interface StoredAttempt extends SelfLinkAttempt {
  browserDigest: string;
  expired: boolean;
  used: boolean;
}

export interface Begun {
  state: string;
  nonce: string;
  cookie: string;
  expiresAt: Date;
}

/** Undefined where the state is not one of ours, so that no return address is trusted either. */
export type Taken = { attempt: SelfLinkAttempt; refusal?: Refusal; clearCookie: string } | undefined;

const deleteOld = defineStatement({
  parameters: { before: 'timestamptz' },
  text: (p) => `
DELETE FROM self_link_attempt WHERE (tenant_id, member_id, installation_id) IN (
  SELECT tenant_id, member_id, installation_id FROM self_link_attempt WHERE expires_at < ${p.before} LIMIT 100 FOR UPDATE SKIP LOCKED)`,
});

const upsertAttempt = defineStatement({
  parameters: {
    ...{ tenantId: 'text', memberId: 'text', installationId: 'text', id: 'uuid', stateDigest: 'text' },
    ...{ browserDigest: 'text', nonce: 'text', returnTo: 'text?', expiresAt: 'timestamptz' },
  },
  text: (p) => `
INSERT INTO self_link_attempt (tenant_id, member_id, installation_id, id, state_digest, browser_digest, nonce, return_to, expires_at)
VALUES (${p.tenantId}, ${p.memberId}, ${p.installationId}, ${p.id}, ${p.stateDigest}, ${p.browserDigest}, ${p.nonce},
        ${p.returnTo}, ${p.expiresAt})
ON CONFLICT (tenant_id, member_id, installation_id) DO UPDATE
  SET id = excluded.id, state_digest = excluded.state_digest, browser_digest = excluded.browser_digest,
      nonce = excluded.nonce, return_to = excluded.return_to, expires_at = excluded.expires_at, used_at = NULL`,
});

const selectAttempt = defineStatement({
  parameters: { stateDigest: 'text' },
  text: (p) => `
SELECT id, tenant_id AS "tenantId", member_id AS "memberId", installation_id AS "installationId", nonce,
       return_to AS "returnTo", browser_digest AS "browserDigest", expires_at <= now() AS expired, used_at IS NOT NULL AS used
  FROM self_link_attempt WHERE state_digest = ${p.stateDigest}`,
});

const markUsed = defineStatement({
  parameters: { id: 'uuid' },
  text: (p) => `UPDATE self_link_attempt SET used_at = now() WHERE id = ${p.id} AND used_at IS NULL`,
});

export class SelfLinkAttempts {
  constructor(
    private readonly pool: Pool,
    private readonly binding: BrowserBinding,
    private readonly audit: Pick<AuditLog, 'record'>,
  ) {}

  async begin(
    caller: Pick<Identity, 'tenantId' | 'memberId' | 'roles' | 'address'>,
    { tenantId, installationId }: InstallationOfTenant,
    returnTo: string | undefined,
  ): Promise<Begun> {
    const { binding } = this;
    const [id, state, nonce, secret] = [randomUUID(), binding.newSecret(), binding.newSecret(), binding.newSecret()];
    const { memberId } = caller;
    const expiresAt = new Date(Date.now() + lifetimeMs);
    const digests = { stateDigest: binding.digest(state), browserDigest: binding.digest(secret) };
    await inTransaction(this.pool, async (client) => {
      await client.query(deleteOld({ before: new Date(Date.now() - rememberedMs) }));
      await client.query(
        upsertAttempt({ tenantId, memberId, installationId, id, ...digests, nonce, returnTo, expiresAt }),
      );
      await this.audit.record(client, caller, {
        action: 'link.begun',
        subject: `member:${memberId}`,
        tenantId,
        detail: { installationId, how: 'self' },
      });
    });
    return { state, nonce, cookie: binding.setCookie(id, secret, lifetimeMs / 1_000), expiresAt };
  }

  /** Slack sent a browser back. Without a refusal the attempt is used from then on. */
  async take(state: string, cookies: string | undefined): Promise<Taken> {
    const { binding, pool } = this;
    const { rows } = await pool.query<StoredAttempt>(selectAttempt({ stateDigest: binding.digest(state) }));
    const [attempt] = rows;
    if (!attempt) return undefined;
    const clearCookie = binding.clearCookie(attempt.id);
    if (attempt.used) return { attempt, refusal: 'link_used', clearCookie };
    if (attempt.expired) return { attempt, refusal: 'link_expired', clearCookie };
    const secret = binding.presented(cookies, attempt.id);
    if (secret === undefined || binding.digest(secret) !== attempt.browserDigest)
      return { attempt, refusal: 'wrong_browser', clearCookie };
    const { rowCount } = await pool.query(markUsed({ id: attempt.id }));
    return { attempt, clearCookie, ...(rowCount === 1 ? {} : { refusal: 'link_used' }) };
  }
}
