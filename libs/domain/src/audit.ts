// One entry of the audit log: who changed what. The same in every service and on Kafka.
// Guarantees: an entry names who, what, where and when, and never holds content, an address, a token or a secret.
import { z } from 'zod';
import { storableText } from './storable.ts';
import { tenantId } from './external-ids.ts';
import { timestamp } from './timestamp.ts';

/** Who acted. `system`: Carillon itself, by a schedule or an event. `slack`: somebody in Slack, or Slack. */
export const auditActorKinds = ['member', 'product', 'service', 'operator', 'slack', 'system'] as const;

export const auditActor = z.object({
  kind: z.enum(auditActorKinds),
  /** The member's, product's or client's id; a Slack user id; the name of the schedule. */
  id: storableText.min(1).max(200),
  roles: z.array(z.string().max(40)).max(10).optional(),
});
export type AuditActor = z.infer<typeof auditActor>;

export const auditOutcomes = ['done', 'refused'] as const;

/**
 * `<subject kind>.<verb in the past>`: `defaults.changed`, `installation.disconnected`, `token.issued`,
 * `request.refused`.
 */
export const auditAction = z
  .string()
  .max(80)
  .regex(/^[a-z][a-z_]*(\.[a-z][a-z_]*)+$/, 'must be words of lower case letters with dots between them');

export const auditEntry = z.object({
  id: z.uuid(),
  /** Absent where the action concerns the platform and no tenant. */
  tenantId: tenantId.optional(),
  service: z.string().min(1).max(60),
  actor: auditActor,
  action: auditAction,
  outcome: z.enum(auditOutcomes),
  /** The object of the action: `installation:…`, `member:ada`, `lane:T1`, `route:POST /v1/tokens`. */
  subject: storableText.min(1).max(300),
  /** A few facts, at most 4 kB as JSON: names of changed fields, counts, a reason. */
  detail: z.record(z.string().max(60), z.unknown()).optional(),
  at: timestamp,
});
export type AuditEntry = z.infer<typeof auditEntry>;
