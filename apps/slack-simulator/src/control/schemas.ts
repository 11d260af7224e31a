/** The bodies of the control surface. Unknown fields are refused, so that a typo in a test is reported. */
import { z } from 'zod';
import { faultKinds } from '../faults.ts';

const id = (prefix: string) =>
  z
    .string()
    .regex(
      new RegExp(`^[${prefix}][A-Z0-9]+$`),
      `must start with ${prefix.split('').join(' or ')} and go on with capital letters and digits`,
    );

export const teamId = id('T');
const orgId = id('E');
/** Where the app is installed. */
const homeId = id('TE');
const userId = id('UW');
/** A person, or the installed app. */
const member = z.union([z.literal('bot'), userId]);

export const userBody = z.strictObject({
  id: userId.optional(),
  name: z.string().min(1),
  email: z.email().nullish(),
  admin: z.boolean().optional(),
  bot: z.boolean().optional(),
  guest: z.boolean().optional(),
  stranger: z.boolean().optional(),
  deleted: z.boolean().optional(),
  tz: z.string().refine(isTimeZone, 'must be an IANA time zone').nullish(),
  locale: z.string().optional(),
});

export const channelBody = z.strictObject({
  id: id('CG').optional(),
  name: z.string().regex(/^[\p{Ll}\p{Lo}\p{N}_-]{1,80}$/u, 'must be lower case without spaces, at most 80 characters'),
  private: z.boolean().optional(),
  archived: z.boolean().optional(),
  members: z.array(member).optional(),
});

const count = z.number().int().min(0).max(1_000_000).optional();

export const workspaceBody = z.strictObject({
  id: teamId.optional(),
  name: z.string().min(1).optional(),
  domain: z
    .string()
    .regex(/^[a-z0-9-]+$/, 'must be lower-case letters, digits and dashes')
    .optional(),
  enterpriseId: orgId.nullish(),
  enterpriseName: z.string().optional(),
  rotation: z.boolean().optional(),
  tokenLifetimeSeconds: z.number().int().positive().optional(),
  users: z.array(userBody).optional(),
  channels: z.array(channelBody).optional(),
  generate: z
    .strictObject({
      users: z.number().int().min(0).max(1_000_000).optional(),
      channels: z.number().int().min(0).max(100_000).optional(),
      emailDomain: z.string().optional(),
      guests: count,
      bots: count,
      deactivated: count,
      strangers: count,
    })
    .refine(
      ({ users = 0, guests = 0, bots = 0, deactivated = 0, strangers = 0 }) =>
        guests + bots + deactivated + strangers <= users,
      { path: ['users'], message: 'must be at least as many as guests, bots, deactivated and strangers together' },
    )
    .optional(),
});
export type WorkspaceBody = z.infer<typeof workspaceBody>;

const fault = z
  .strictObject({
    method: z.string().optional(),
    team: homeId.optional(),
    kind: z.enum(faultKinds),
    value: z.union([z.number().nonnegative(), z.string()]).optional(),
    probability: z.number().min(0).max(1).optional(),
    count: z.number().int().positive().optional(),
    after: z.boolean().optional(),
    seed: z.number().int().optional(),
  })
  .refine((f) => f.value === undefined || (f.kind === 'error') === (typeof f.value === 'string'), {
    path: ['value'],
    message: 'must be an error code for kind error, a number for every other kind',
  })
  .refine((f) => f.kind !== 'http_500' || f.value === undefined || (Number(f.value) >= 500 && Number(f.value) <= 599), {
    path: ['value'],
    message: 'must be a status from 500 to 599',
  });
export const faultsBody = z.union([z.array(fault), fault.transform((f) => [f])]);

const perMinute = z.number().nonnegative().nullable();
export const limitsBody = z.strictObject({
  channelPerSecond: perMinute.optional(),
  channelToleranceMs: z.number().nonnegative().optional(),
  channelBlocks: z.enum(['method', 'channel']).optional(),
  workspacePerMinute: perMinute.optional(),
  workspaceShape: z.enum(['bucket', 'window']).optional(),
  retryAfter: z.number().int().positive().optional(),
  restrictedHistory: z.boolean().optional(),
  editWindowSeconds: z.number().nonnegative().nullable().optional(),
  fileBytes: z.number().nonnegative().nullable().optional(),
  fileShareDelayMs: z.number().nonnegative().optional(),
  clockSkewSeconds: z.number().optional(),
  shortPages: z.number().int().nonnegative().optional(),
  repeatedRows: z.number().int().min(0).max(100).optional(),
  methods: z.record(z.string(), perMinute).optional(),
});

export const homeBody = z.strictObject({ team: homeId });

export const orgBody = z.strictObject({
  id: orgId,
  name: z.string().min(1).optional(),
  rotation: z.boolean().optional(),
  tokenLifetimeSeconds: z.number().int().positive().optional(),
  orgWideAllowed: z.boolean().optional(),
});
export type OrgBody = z.infer<typeof orgBody>;

export const accessBody = z.strictObject({
  enterprise: orgId,
  grant: z.array(teamId).default([]),
  revoke: z.array(teamId).default([]),
});
export type AccessBody = z.infer<typeof accessBody>;

/** The manifest itself is checked as Slack does. */
export const manifestBody = z.strictObject({
  manifest: z.union([z.string(), z.record(z.string(), z.unknown())]),
});

export const conversationBody = z.strictObject({ team: teamId, channel: z.string() });

export const membersBody = z.strictObject({
  team: teamId,
  channel: z.string(),
  add: z.array(member).default([]),
  remove: z.array(member).default([]),
});

export const eventBody = z.strictObject({
  team: homeId,
  event: z.looseObject({ type: z.string().min(1) }),
  eventId: z.string().optional(),
  contextTeamId: z.string().optional(),
  /** Other places whose installations see the event. */
  seenBy: z.array(homeId).default([]),
  url: z.url().optional(),
});

export const interactionBody = z.strictObject({
  team: teamId,
  user: userId,
  type: z
    .enum(['block_actions', 'view_submission', 'view_closed', 'block_suggestion', 'shortcut', 'message_action'])
    .default('block_actions'),
  /** The message whose button is clicked. */
  channel: z.string().optional(),
  ts: z.string().optional(),
  actionId: z.string().optional(),
  blockId: z.string().optional(),
  value: z.string().optional(),
  viewId: z.string().optional(),
  stateValues: z.record(z.string(), z.unknown()).optional(),
  /** Replaces fields of the payload that is made from the other fields. */
  payload: z.record(z.string(), z.unknown()).optional(),
  url: z.url().optional(),
});
export type InteractionBody = z.infer<typeof interactionBody>;

export const commandBody = z.strictObject({
  team: teamId,
  user: userId,
  command: z.string().startsWith('/'),
  text: z.string().default(''),
  channel: z.string().optional(),
  url: z.url().optional(),
});
export type CommandBody = z.infer<typeof commandBody>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
