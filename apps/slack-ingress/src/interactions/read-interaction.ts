// Reads what Slack sends to /slack/interactions, /slack/options and /slack/commands: forms, with JSON in `payload` or
// with the fields of a slash command. Pure. The verification token, which is a secret of the app, is left out.
import type { SlackInteraction } from '@carillon/domain';
import { z } from 'zod';

const id = z.string().min(1).max(200);
const placed = z.looseObject({ id: id.nullish() }).nullish().catch(undefined);

const interaction = z.looseObject({
  type: z.string().min(1).max(200),
  team: placed,
  enterprise: placed,
  user: z.looseObject({ team_id: id.nullish() }).nullish().catch(undefined),
  api_app_id: id.optional(),
});

const command = z.looseObject({
  command: z.string().min(1),
  team_id: id.optional(),
  enterprise_id: id.optional(),
  api_app_id: id.optional(),
});

const kinds = new Set<string>(['block_actions', 'view_submission', 'view_closed']);

export function readInteraction(body: Buffer, receivedAt: Date): SlackInteraction | undefined {
  const read = interaction.safeParse(payloadIn(body));
  if (!read.success) return undefined;
  const { token: _secret, ...payload } = read.data;
  // Under an org-wide installation `team` is null, and the person's team is where it happened.
  const teamId = read.data.team?.id ?? read.data.user?.team_id;
  return {
    ...(teamId && { teamId }),
    ...(read.data.enterprise?.id && { enterpriseId: read.data.enterprise.id }),
    ...(read.data.api_app_id !== undefined && { appId: read.data.api_app_id }),
    receivedAt: receivedAt.toISOString(),
    kind: kinds.has(read.data.type) ? (read.data.type as SlackInteraction['kind']) : 'other',
    payload,
  };
}

export function readCommand(body: Buffer, receivedAt: Date): SlackInteraction | undefined {
  const read = command.safeParse(Object.fromEntries(new URLSearchParams(body.toString('utf8'))));
  if (!read.success) return undefined;
  const { token: _secret, ...payload } = read.data;
  const { team_id: teamId, enterprise_id: enterpriseId, api_app_id: appId } = read.data;
  return {
    ...(teamId !== undefined && { teamId }),
    ...(enterpriseId !== undefined && { enterpriseId }),
    ...(appId !== undefined && { appId }),
    receivedAt: receivedAt.toISOString(),
    kind: 'slash_command',
    payload,
  };
}

function payloadIn(body: Buffer): unknown {
  try {
    return JSON.parse(new URLSearchParams(body.toString('utf8')).get('payload') ?? '');
  } catch {
    return undefined;
  }
}
