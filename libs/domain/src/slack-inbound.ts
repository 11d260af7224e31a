// Events and interactions that Slack sent, after slack-ingress verified them. `payload` is Slack's JSON, unchanged.
import { z } from 'zod';
import { storableText } from './storable.ts';
import { timestamp } from './timestamp.ts';

const origin = {
  teamId: storableText.optional(),
  enterpriseId: storableText.optional(),
  appId: storableText.optional(),
  receivedAt: timestamp,
};

export const slackEventData = z.object({
  ...origin,
  eventId: storableText,
  eventType: storableText,
  payload: z.record(z.string(), z.unknown()),
});
export type SlackEvent = z.infer<typeof slackEventData>;

export const slackInteractionData = z.object({
  ...origin,
  kind: z.enum(['block_actions', 'view_submission', 'view_closed', 'slash_command', 'other']),
  payload: z.record(z.string(), z.unknown()),
});
/** A kind that a newer release tells apart is one of the others. */
export const slackInteractionAsRead = slackInteractionData.extend({
  kind: slackInteractionData.shape.kind.catch('other'),
});
export type SlackInteraction = z.infer<typeof slackInteractionData>;
