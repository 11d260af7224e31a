// A member with its links to Slack users: everything that resolution needs to know about a person.
import { z } from 'zod';
import { memberState } from './member.ts';
import { storableText } from './storable.ts';
import { linkStatus } from './enumerations.ts';
import { externalId } from './external-ids.ts';

export const link = z.object({
  installationId: externalId,
  status: linkStatus,
  /** The workspace of the person; for an org-wide installation, the covered workspace. */
  teamId: storableText.optional(),
  slackUserId: storableText.optional(),
});
export type Link = z.infer<typeof link>;

export const recipientState = memberState.extend({
  version: z.int().min(0),
  links: z.array(link),
  /** Checked where the member came in; a neighbouring release may know other zones. */
  timeZone: storableText.max(64).optional(),
});
export type RecipientState = z.infer<typeof recipientState>;

/** A link with a status of a newer release reaches nobody. */
export const recipientStateAsRead = recipientState.extend({
  links: z.array(link.extend({ status: linkStatus.catch('unmatched') })),
});
