// The answer of the installation service to `POST /v1/tokens`: the one declaration for the service that gives it and
// for the client that reads it. Guarantees: a token always names the tenant of its installation; the reasons are a
// closed list. An unknown reason of a newer installation service is read as `unknown`.
import { z } from 'zod';

export const unavailableReasons = ['unknown', 'disconnected', 'lost', 'expired', 'unreadable'] as const;

/**
 * Why the installation service has no token of an installation. `expired`: Slack gave no new token in time, ask again.
 * `unreadable`: the sealed token does not open; an operator has to check TOKEN_KEYS.
 */
export type UnavailableReason = (typeof unavailableReasons)[number];

export const issuedToken = z.object({
  installationId: z.string(),
  /** The owner of the installation, so that no service uses the token for another tenant. */
  tenantId: z.string().min(1),
  /** Null for an org-wide installation. */
  teamId: z.string().nullable(),
  token: z.string().min(1),
  expiresAt: z.iso.datetime().optional(),
});
export type IssuedToken = z.infer<typeof issuedToken>;

export const tokenAnswer = z.object({
  tokens: z.array(issuedToken),
  unavailable: z.array(z.object({ installationId: z.string(), reason: z.enum(unavailableReasons).catch('unknown') })),
});
export type TokenAnswer = z.infer<typeof tokenAnswer>;
