// GET, PUT and PATCH /v1/defaults: what an organisation chose for its members. Guarantee: of two changes that name one
// version in If-Match one is refused; only what a request names is checked against the catalogue.
import { Body, Controller, Get, Headers, Patch, Put, Res } from '@nestjs/common';
import { Answers, Caller, Roles, tenantOf, type Identity, type AnswerHead } from '@carillon/runtime';
import { z } from 'zod';
import { Catalogue } from '../catalogue/catalogue.ts';
import type { OrganisationDefaults } from '../resolution/resolution-context.ts';
import { checkDefaults } from './check-choices.ts';
import { organisationDefaults, withoutShortForms, type OrganisationDefaultsBody } from './choices.ts';
import { namedBy, patched } from './merge-patch.ts';
import { Preferences, type Versioned } from './preferences.ts';

const described = {
  body: organisationDefaults,
  example: {
    types: { 'report.ready': { channels: ['slack' as const] } },
    categories: { reports: { channels: ['email' as const], cadence: 'daily' as const, at: '08:00' } },
    quietHours: [],
    freeDays: ['2026-12-25'],
  },
};

/** What a request makes of what is stored, and what of it the request names. */
type To = (before: OrganisationDefaultsBody) => {
  body: OrganisationDefaultsBody;
  named: Partial<OrganisationDefaultsBody>;
};

@Controller('v1/defaults')
export class DefaultsController {
  constructor(
    private readonly preferences: Preferences,
    private readonly catalogue: Catalogue,
  ) {}

  @Get()
  @Answers(described)
  @Roles('owner', 'security_admin', 'admin', 'member', 'product')
  async read(
    @Caller() caller: Identity,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<OrganisationDefaultsBody> {
    return shown(await this.preferences.defaultsOf(tenantOf(caller)), response);
  }

  @Put()
  @Answers({ ...described, problems: [412] })
  @Roles('owner', 'admin')
  async replace(
    @Caller() caller: Identity,
    @Body({ schema: organisationDefaults }) body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<OrganisationDefaultsBody> {
    const whole = body as OrganisationDefaultsBody;
    return this.change(caller, () => ({ body: whole, named: whole }), ifMatch, response);
  }

  /** A JSON merge patch (RFC 7396). */
  @Patch()
  @Answers({ ...described, problems: [412] })
  @Roles('owner', 'admin')
  patch(
    @Caller() caller: Identity,
    @Body({ schema: z.record(z.string(), z.unknown()) }) given: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<OrganisationDefaultsBody> {
    const patch = withoutShortForms(given);
    const to: To = (before) => {
      const body = patched(organisationDefaults, before, patch);
      return { body, named: namedBy(patch, body) };
    };
    return this.change(caller, to, ifMatch, response);
  }

  private async change(
    caller: Identity,
    to: To,
    ifMatch: string | undefined,
    response: AnswerHead,
  ): Promise<OrganisationDefaultsBody> {
    const change = (before: OrganisationDefaults): OrganisationDefaults => {
      const { body, named } = to(bodyOf(before));
      checkDefaults(named, body, this.catalogue);
      return body;
    };
    return shown(await this.preferences.changeDefaults(tenantOf(caller), change, caller, ifMatch), response);
  }
}

function shown({ value, etag }: Versioned<OrganisationDefaults>, response: AnswerHead): OrganisationDefaultsBody {
  response.set({ etag });
  return bodyOf(value);
}

const bodyOf = ({
  types,
  categories,
  quietHours = [],
  freeDays = [],
}: OrganisationDefaults): OrganisationDefaultsBody =>
  ({ types, categories, quietHours, freeDays }) as OrganisationDefaultsBody;
