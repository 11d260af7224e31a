// A person of a tenant, as the product declares it.
import { z } from 'zod';
import { emailAddress } from './email-address.ts';
import { storableText } from './storable.ts';
import { timeZone } from './time-zone.ts';
import { externalId, tenantId } from './external-ids.ts';

export const memberState = z.object({
  tenantId,
  memberId: externalId,
  email: emailAddress,
  name: storableText.min(1).max(200),
  locale: storableText.max(35).optional(),
  /** IANA name, e.g. `Europe/Paris`. */
  timeZone: timeZone.optional(),
  active: z.boolean(),
  /** What the member is in the product: `{role}` of a request tells all who have it. */
  roles: z
    .array(externalId)
    .max(50)
    .refine((roles) => new Set(roles).size === roles.length, 'names a role twice')
    .optional(),
  /**
   * Grows with each change: a count, or milliseconds since 1970, never more than 24 hours ahead. Where it is absent the
   * record's timestamp takes its place.
   */
  version: z.int().min(0).optional(),
});
export type MemberState = z.infer<typeof memberState>;
