// Reads what Slack sends to /slack/events. Pure. Guarantees: an unknown type is passed on as it is; the verification
// token, which is a secret of the app, is left out; the place of an event in a shared channel is that of the
// installation that sees it, not that of the author (Slack's reference: "authorizations", "context_team_id").
import { createHash } from 'node:crypto';
import { storableText, type SlackEvent } from '@carillon/domain';
import { z } from 'zod';
import { isWanted } from './known-event-types.ts';

export type ReadEvent =
  | { challenge: string }
  | { unwanted: string }
  /** `ids`: an event counts as received before where one of them is known. */
  | { event: SlackEvent; ids: string[] };

// What the topic demands of a text is checked here already, so that the record is not checked once more.
const id = storableText.min(1).max(200);

const place = z
  .looseObject({
    team_id: id.nullish(),
    enterprise_id: id.nullish(),
    is_enterprise_install: z.boolean().nullish(),
  })
  .catch({});

const envelope = z.looseObject({
  type: storableText.min(1).max(200),
  challenge: z.string().max(10_000).optional(),
  team_id: id.nullish(),
  enterprise_id: id.nullish(),
  context_team_id: id.nullish(),
  context_enterprise_id: id.nullish(),
  api_app_id: id.optional(),
  event_id: id.optional(),
  is_ext_shared_channel: z.boolean().nullish(),
  authorizations: z.array(place).nullish(),
  minute_rate_limited: z.number().optional(),
  event: z
    .looseObject({
      type: storableText.min(1).max(200),
      channel: z.unknown().optional(),
      channel_type: z.string().optional().catch(undefined),
      ts: z.unknown().optional(),
    })
    .optional(),
});
type Envelope = z.infer<typeof envelope>;

/** Undefined: the body is not an object as Slack sends it. */
export function readEvent(body: Buffer, receivedAt: Date): ReadEvent | undefined {
  const read = envelope.safeParse(parsed(body));
  if (!read.success) return undefined;
  const { data } = read;
  if (data.type === 'url_verification') return data.challenge === undefined ? undefined : { challenge: data.challenge };
  if (data.type === 'event_callback' && !data.event) return undefined;
  if (data.event && !isWanted(data.event)) return { unwanted: data.event.type };
  const eventId = data.event_id ?? `${data.type}-${createHash('sha256').update(body).digest('hex').slice(0, 32)}`;
  const { token: _secret, ...payload } = data;
  return {
    event: {
      ...placeOf(data),
      ...(data.api_app_id !== undefined && { appId: data.api_app_id }),
      eventId,
      eventType: data.event?.type ?? data.type,
      receivedAt: receivedAt.toISOString(),
      payload,
    },
    ids: [eventId, ...sharedMessageId(data)],
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

function placeOf(data: Envelope): { teamId?: string; enterpriseId?: string } {
  const [seenBy] = data.authorizations ?? [];
  const teamId = seenBy?.team_id ?? data.context_team_id ?? data.team_id;
  const enterpriseId = seenBy?.enterprise_id ?? data.context_enterprise_id ?? data.enterprise_id;
  return { ...(teamId && { teamId }), ...(enterpriseId && { enterpriseId }) };
}

/**
 * In a channel that two workspaces share, Slack may deliver one message once per workspace, each with an event id of
 * its own (public reports; slack-facts). A message is one message by its channel and ts. Events about people and
 * channels concern each workspace.
 */
function sharedMessageId({ is_ext_shared_channel, event, api_app_id = '' }: Envelope): string[] {
  if (!is_ext_shared_channel || !event || (event.type !== 'app_mention' && event.type !== 'message')) return [];
  const { channel, ts } = event;
  if (typeof channel !== 'string' || typeof ts !== 'string') return [];
  return [`${event.type}:${api_app_id}:${channel}:${ts}`.slice(0, 300)];
}
