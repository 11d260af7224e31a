// GET and PUT /v1/members/{member}/preferences: what a member chose, and the resulting channels of every type.
// Guarantees: only the member changes it, or a product on the member's behalf. Admins can read it, to answer why a
// notification was not received.
import { Body, Controller, Get, Param, Put } from '@nestjs/common';
import { channelKind, externalId, reasonCodes, reasonSentences, type NotificationType } from '@carillon/domain';
import { Answers, Caller, Roles, tenantOf, wrongRole, type Identity } from '@carillon/runtime';
import { z } from 'zod';
import { Catalogue } from '../catalogue/catalogue.ts';
import { chooseChannels } from '../resolution/choose-channels.ts';
import type { ChannelChoices, MemberChoices } from '../resolution/resolution-context.ts';
import { checkChoices, memberChoices } from './choices.ts';
import { Preferences } from './preferences.ts';

const place = z.object({ member: externalId });

const shownPreferences = memberChoices.extend({
  memberId: z.string(),
  /** The channels of every type, and why. */
  effective: z.array(
    z.object({
      type: z.string(),
      title: z.string(),
      category: z.string(),
      mutable: z.boolean(),
      channels: z.array(channelKind),
      reasons: z.array(z.object({ code: z.enum(reasonCodes), sentence: z.string() })),
    }),
  ),
});
const examplePreferences: z.output<typeof shownPreferences> = {
  memberId: 'ada',
  types: { 'report.ready': ['email'] },
  categories: {},
  slackOff: false,
  effective: [
    {
      type: 'report.ready',
      title: 'Report ready',
      category: 'reports',
      mutable: true,
      channels: ['email'],
      reasons: [{ code: 'member_preference', sentence: reasonSentences.member_preference }],
    },
  ],
};

@Controller('v1/members/:member/preferences')
export class MemberPreferencesController {
  constructor(
    private readonly preferences: Preferences,
    private readonly catalogue: Catalogue,
  ) {}

  @Get()
  @Answers({ body: shownPreferences, example: examplePreferences })
  @Roles('owner', 'security_admin', 'admin', 'member', 'product')
  read(@Caller() caller: Identity, @Param({ schema: place }) { member }: z.output<typeof place>): Promise<object> {
    return this.shown(tenantOf(caller), memberOf(caller, member, ['owner', 'security_admin', 'admin', 'product']));
  }

  @Put()
  @Answers({ body: shownPreferences, example: examplePreferences })
  @Roles('owner', 'security_admin', 'admin', 'member', 'product')
  async replace(
    @Caller() caller: Identity,
    @Param({ schema: place }) { member }: z.output<typeof place>,
    @Body({ schema: memberChoices }) body: unknown,
  ): Promise<object> {
    const memberId = memberOf(caller, member, ['product']);
    const choices = body as MemberChoices;
    checkChoices(choices, this.catalogue);
    await this.preferences.setChoices(tenantOf(caller), memberId, choices, caller);
    return this.shown(tenantOf(caller), memberId);
  }

  private async shown(tenantId: string, memberId: string): Promise<object> {
    const [choices, defaults] = await Promise.all([
      this.preferences.choicesOf(tenantId, memberId),
      this.preferences.defaultsOf(tenantId),
    ]);
    return { memberId, ...choices, effective: this.catalogue.types.map((type) => effectOf(type, defaults, choices)) };
  }
}

function effectOf(type: NotificationType, defaults: ChannelChoices, choices: MemberChoices): object {
  const { channels, reasons } = chooseChannels(type, defaults, choices);
  return {
    type: type.name,
    title: type.title,
    category: type.category,
    mutable: type.mutable,
    channels,
    reasons: reasons.map(({ code }) => ({ code, sentence: reasonSentences[code] })),
  };
}

function memberOf(caller: Identity, member: string, othersFor: Identity['roles']): string {
  if (member === 'me' || member === caller.memberId) return caller.memberId;
  if (othersFor.some((role) => caller.roles.includes(role))) return member;
  throw wrongRole(caller, othersFor);
}
