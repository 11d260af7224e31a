// A channel of Slack as the platform knows it, and how people name one: by its id, or by its name.
import { z } from 'zod';
import { externalId, isChannelId, tenantId } from './external-ids.ts';
import { storableText } from './storable.ts';

/** Slack's other ids, which people mistake for a channel's: of a direct message, a person. */
const otherId = /^[DUW](?=[A-Z0-9]*\d)[A-Z0-9]{7,}$/;

/**
 * `C0123456789`, `general` or `#general`. A name is looked up in the channels that directory-sync knows, so that it and
 * the id are one recipient.
 */
export const channelReference = z
  .string()
  .max(81)
  .regex(/^#?[^\s,:#@<>&\p{Cc}\p{Cs}]+$/u, 'must be the id of a channel, such as C0123456789, or its name')
  .refine((text) => !otherId.test(text), {
    error: 'is the id of a person or of a direct message; a person is named by `member` or `email`',
  });

/** The id; or the name as Slack writes it: in lower case, without `#`. */
export function channelKeyOf(reference: string): string {
  return isChannelId(reference) ? reference : reference.replace(/^#/, '').toLowerCase();
}

export const channelState = z.object({
  tenantId,
  installationId: externalId,
  channelId: externalId,
  /** The workspace that it belongs to; of an organisation-wide installation, one of many. */
  teamId: externalId,
  name: storableText,
  isPrivate: z.boolean(),
  isArchived: z.boolean(),
  /** Whether the app is in it. */
  isMember: z.boolean(),
  /** Grows with each change. */
  version: z.int().min(0),
});
export type ChannelState = z.infer<typeof channelState>;
