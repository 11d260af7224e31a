// GET and PUT /v1/defaults: what an organisation chose for its members.
import { Body, Controller, Get, Put } from '@nestjs/common';
import { Answers, Caller, Roles, tenantOf, type Identity } from '@carillon/runtime';
import { Catalogue } from '../catalogue/catalogue.ts';
import type { ChannelChoices } from '../resolution/resolution-context.ts';
import { channelChoices, checkChoices } from './choices.ts';
import { Preferences } from './preferences.ts';

@Controller('v1/defaults')
export class DefaultsController {
  constructor(
    private readonly preferences: Preferences,
    private readonly catalogue: Catalogue,
  ) {}

  @Get()
  @Answers({
    body: channelChoices,
    example: { types: { 'report.ready': ['slack'] }, categories: { reports: ['email'] } },
  })
  @Roles('owner', 'security_admin', 'admin', 'member', 'product')
  read(@Caller() caller: Identity): Promise<ChannelChoices> {
    return this.preferences.defaultsOf(tenantOf(caller));
  }

  @Put()
  @Answers({
    body: channelChoices,
    example: { types: { 'report.ready': ['slack'] }, categories: { reports: ['email'] } },
  })
  @Roles('owner', 'admin')
  async replace(@Caller() caller: Identity, @Body({ schema: channelChoices }) body: unknown): Promise<ChannelChoices> {
    const choices = body as ChannelChoices;
    checkChoices(choices, this.catalogue);
    await this.preferences.setDefaults(tenantOf(caller), choices, caller);
    return this.preferences.defaultsOf(tenantOf(caller));
  }
}
