// The policy of a tenant for the links of its members: which guests of Slack may be linked, and whether members may
// link themselves. A tenant that never changed it leaves guests out and lets members link themselves. A link by hand
// stays, whatever the policy says.
import { defineStatement } from '@carillon/persistence';
import type { Pool, PoolClient } from 'pg';
import { z } from 'zod';

/** `multi_channel`: guests of several channels, but not those of a single one, who can hardly be written to. */
export const guestPolicies = ['none', 'multi_channel', 'all'] as const;
export type GuestPolicy = (typeof guestPolicies)[number];

export const directoryPolicy = z.strictObject({
  /** Guests of Slack who are linked by their address. */
  guests: z.enum(guestPolicies),
  /** Whether members may link their own Slack account. */
  selfLink: z.boolean(),
});
export type DirectoryPolicy = z.output<typeof directoryPolicy>;

export const defaultPolicy: DirectoryPolicy = { guests: 'none', selfLink: true };

const selectPolicy = defineStatement({
  parameters: { tenantId: 'text' },
  text: (p) => `SELECT guests, self_link AS "selfLink" FROM directory_policy WHERE tenant_id = ${p.tenantId}`,
});

export async function policyOf(db: Pick<Pool | PoolClient, 'query'>, tenantId: string): Promise<DirectoryPolicy> {
  const found = await db.query<DirectoryPolicy>(selectPolicy({ tenantId }));
  return found.rows[0] ?? defaultPolicy;
}
