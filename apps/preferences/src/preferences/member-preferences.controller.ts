// GET, PUT and PATCH /v1/members/{member}/preferences: what a member chose, and what follows for every type, with who
// chose it. Guarantees: only the member changes it, an admin of the tenant, or a product on the member's behalf; of two
// changes that name one version in If-Match one is refused; only what a request names is checked, so that what was
// stored when the catalogue was another hinders no change; what is shown is what a notification is decided by.
import { Body, Controller, Get, Headers, Param, Patch, Put, Res } from '@nestjs/common';
import {
  cadence,
  channelKind,
  externalId,
  reasonCodes,
  reasonSentences,
  throttle,
  type NotificationType,
} from '@carillon/domain';
import {
  Answers,
  Caller,
  problemOfFields,
  Roles,
  tenantOf,
  wrongRole,
  type Identity,
  type AnswerHead,
} from '@carillon/runtime';
import { z } from 'zod';
import { Catalogue } from '../catalogue/catalogue.ts';
import { chooseFor, choosers, throttleFor } from '../resolution/choose-channels.ts';
import type { MemberChoices, OrganisationDefaults } from '../resolution/resolution-context.ts';
import { checkMemberChoices } from './check-choices.ts';
import { memberPreferences, withoutShortForms, type MemberPreferencesBody } from './choices.ts';
import { namedBy, patched } from './merge-patch.ts';
import { Preferences, type ChangeOfMember, type Versioned } from './preferences.ts';

const place = z.object({ member: externalId });
const chooser = z.enum(choosers);

const shownPreferences = memberPreferences.extend({
  memberId: z.string(),
  /** For every type: what holds, and who chose it. */
  effective: z.array(
    z.object({
      type: z.string(),
      title: z.string(),
      category: z.string(),
      mutable: z.boolean(),
      channels: z.array(channelKind),
      cadence,
      at: z.string().optional(),
      on: z.string().optional(),
      fallback: z.enum(['email', 'none']),
      /** Absent: every message is sent. */
      throttle: throttle.optional(),
      from: z.object({
        channels: chooser,
        cadence: chooser,
        at: chooser.optional(),
        on: chooser.optional(),
        fallback: chooser,
        throttle: chooser.optional(),
      }),
      reasons: z.array(z.object({ code: z.enum(reasonCodes), sentence: z.string() })),
    }),
  ),
});
type ShownPreferences = z.output<typeof shownPreferences>;

const chosen = { types: { 'report.ready': { channels: ['email' as const] } }, categories: {} };
const examplePreferences: ShownPreferences = {
  memberId: 'ada',
  ...chosen,
  slackOff: false,
  pausedUntil: null,
  timeZone: 'Europe/Paris',
  installationId: null,
  quietHours: [{ days: ['mon', 'tue'], from: '22:00', to: '07:00' }],
  effective: [
    {
      type: 'report.ready',
      title: 'Report ready',
      category: 'reports',
      mutable: true,
      channels: ['email'],
      cadence: 'immediate',
      fallback: 'none',
      from: { channels: 'member', cadence: 'type', fallback: 'type' },
      reasons: [{ code: 'member_preference', sentence: reasonSentences.member_preference }],
    },
  ],
};

const described = { body: shownPreferences, example: examplePreferences };
const changedForOthersBy = ['owner', 'admin', 'product'] as const;

/** What a request makes of what is stored, and what of it the request names. */
type To = (before: MemberPreferencesBody) => {
  body: MemberPreferencesBody;
  named: Partial<MemberPreferencesBody>;
};

@Controller('v1/members/:member/preferences')
export class MemberPreferencesController {
  constructor(
    private readonly preferences: Preferences,
    private readonly catalogue: Catalogue,
  ) {}

  @Get()
  @Answers(described)
  @Roles('owner', 'security_admin', 'admin', 'member', 'product')
  async read(
    @Caller() caller: Identity,
    @Param({ schema: place }) { member }: z.output<typeof place>,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<ShownPreferences> {
    const memberId = memberOf(caller, member, ['security_admin', ...changedForOthersBy]);
    const tenantId = tenantOf(caller);
    return this.shown(tenantId, memberId, await this.preferences.choicesOf(tenantId, memberId), response);
  }

  @Put()
  @Answers({ ...described, problems: [412] })
  @Roles('owner', 'security_admin', 'admin', 'member', 'product')
  replace(
    @Caller() caller: Identity,
    @Param({ schema: place }) { member }: z.output<typeof place>,
    @Body({ schema: memberPreferences }) body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<ShownPreferences> {
    const whole = body as MemberPreferencesBody;
    return this.change(caller, member, () => ({ body: whole, named: whole }), ifMatch, response);
  }

  /** A JSON merge patch (RFC 7396): what is not named stays, whatever it is; null takes a choice back. */
  @Patch()
  @Answers({ ...described, problems: [412] })
  @Roles('owner', 'security_admin', 'admin', 'member', 'product')
  patch(
    @Caller() caller: Identity,
    @Param({ schema: place }) { member }: z.output<typeof place>,
    @Body({ schema: z.record(z.string(), z.unknown()) }) given: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<ShownPreferences> {
    const patch = withoutShortForms(given);
    const to: To = (before) => {
      const body = patched(memberPreferences, before, patch);
      return { body, named: namedBy(patch, body) };
    };
    return this.change(caller, member, to, ifMatch, response);
  }

  private async change(
    caller: Identity,
    member: string,
    to: To,
    ifMatch: string | undefined,
    response: AnswerHead,
  ): Promise<ShownPreferences> {
    const memberId = memberOf(caller, member, changedForOthersBy);
    const tenantId = tenantOf(caller);
    const change: ChangeOfMember = (before, defaults) => {
      const { body, named } = to(bodyOf(before));
      const choices = choicesOf(body);
      checkMemberChoices(named, choices, defaults, this.catalogue);
      return { choices, picked: named.installationId ?? null };
    };
    const changed = await this.preferences.changeChoices(tenantId, memberId, change, caller, ifMatch);
    return this.shown(tenantId, memberId, changed, response);
  }

  private async shown(
    tenantId: string,
    memberId: string,
    { value, etag }: Versioned<MemberChoices>,
    response: AnswerHead,
  ): Promise<ShownPreferences> {
    const { value: defaults } = await this.preferences.defaultsOf(tenantId);
    response.set({ etag });
    return {
      memberId,
      ...bodyOf(value),
      effective: this.catalogue.types.map((type) => effectOf(type, defaults, value)),
    };
  }
}

function bodyOf(choices: MemberChoices): MemberPreferencesBody {
  const { pausedUntil, timeZone = null, installationId = null, quietHours, slackOff, types, categories } = choices;
  return {
    ...({ types, categories } as Pick<MemberPreferencesBody, 'types' | 'categories'>),
    slackOff,
    pausedUntil: pausedUntil === undefined ? null : new Date(pausedUntil).toISOString(),
    timeZone,
    installationId,
    quietHours: (quietHours as MemberPreferencesBody['quietHours'] | undefined) ?? null,
  };
}

function choicesOf(body: MemberPreferencesBody): MemberChoices {
  const { pausedUntil, timeZone, installationId, quietHours, slackOff, types, categories } = body;
  return {
    ...{ types, categories, slackOff },
    ...(pausedUntil !== null && { pausedUntil: Date.parse(pausedUntil) }),
    ...(timeZone !== null && { timeZone }),
    ...(installationId !== null && { installationId }),
    ...(quietHours !== null && { quietHours }),
  };
}

function effectOf(
  type: NotificationType,
  defaults: OrganisationDefaults,
  choices: MemberChoices,
): ShownPreferences['effective'][number] {
  const { channels, reasons, from, ...rest } = chooseFor(type, defaults, choices);
  const throttled = throttleFor(type, defaults, choices);
  return {
    type: type.name,
    title: type.title,
    category: type.category,
    mutable: type.mutable,
    channels: [...channels],
    ...rest,
    ...(throttled && throttled.value !== 'none' && { throttle: throttled.value }),
    from: throttled ? { ...from, throttle: throttled.from } : from,
    reasons: reasons.map(({ code }) => ({ code, sentence: reasonSentences[code] })),
  };
}

function memberOf(caller: Identity, member: string, othersFor: readonly Identity['roles'][number][]): string {
  if (caller.roles.includes('product')) {
    if (member !== 'me') return member;
    throw problemOfFields([{ path: 'member', message: 'a product has no preferences of its own: name a member' }]);
  }
  if (member === 'me' || member === caller.memberId) return caller.memberId;
  if (othersFor.some((role) => caller.roles.includes(role))) return member;
  throw wrongRole(caller, [...othersFor]);
}
