// A choice of channels, people and group conversations that a tenant saved under a name, to be told again and again.
import { z } from 'zod';
import { channelId, externalId, tenantId } from './external-ids.ts';
import { storableText } from './storable.ts';

/** One that a saved destination holds: never another saved one. */
export const savedAudience = z.union([
  z.strictObject({ channel: channelId, installation: externalId.optional() }),
  z.strictObject({ member: externalId }),
  z.strictObject({ members: z.array(externalId).min(2).max(8), installation: externalId.optional() }),
]);
export type SavedAudience = z.infer<typeof savedAudience>;

export const savedDestination = z.object({
  tenantId,
  destinationId: externalId,
  /** Unique among the tenant's, whatever the case. */
  name: storableText.trim().min(1).max(100),
  to: z.array(savedAudience).min(1).max(20),
  /** Grows with each change. */
  version: z.int().min(0),
});
export type SavedDestination = z.infer<typeof savedDestination>;
