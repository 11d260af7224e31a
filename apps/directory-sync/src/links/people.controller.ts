// The routes that list members with their links, and that set or remove a link by hand.
import { emailAddress, linkStatus, storableText } from '@carillon/domain';
import {
  Answers,
  AuditLog,
  Caller,
  DATABASE,
  decodeCursor,
  pageOf,
  pageOfItems,
  pageQuery,
  Roles,
  tenantOf,
  type Identity,
  type Page,
} from '@carillon/runtime';
import { Body, Controller, Delete, Get, Inject, Param, Put, Query } from '@nestjs/common';
import type { Pool } from 'pg';
import { z } from 'zod';
import { SlackClients } from '../slack/slack-clients.ts';
import { installationOfTenant, searchText } from '../installations/installation-of-tenant.ts';
import { linkAskingSlack } from './link-asking-slack.ts';
import { unlink, type Chosen } from './link-by-hand.ts';
import { countPeople, findPeople, person, personLink, type Person, type PersonLink } from './people.ts';

const peopleQuery = z.object({
  ...pageQuery,
  status: linkStatus.optional(),
  installation: z.string().optional(),
  q: searchText,
});

const countsQuery = z.strictObject({ installation: z.string().optional() });
const peopleCounts = z.object({ counts: z.record(linkStatus, z.int()) });

const chosenPerson = z
  .object({
    email: emailAddress.optional(),
    slackUserId: z
      .string()
      .regex(/^[A-Z0-9]{1,50}$/, 'must be a Slack user id such as U012ABCDEF')
      .optional(),
  })
  .superRefine(({ email, slackUserId }, context) => {
    if (email === undefined && slackUserId === undefined) {
      context.addIssue({ code: 'custom', path: ['email'], message: 'either email or slackUserId is needed' });
    }
    if (email !== undefined && slackUserId !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['slackUserId'],
        message: 'give either email or slackUserId, not both',
      });
    }
  })
  .transform(({ email, slackUserId }): Chosen => (email === undefined ? { slackUserId: slackUserId! } : { email }));

const exampleLink = {
  installationId: '5b0f4a3c-1f63-4b0e-8c55-0a4f2a6c7d11',
  status: 'matched' as const,
  teamId: 'T012AB3CD',
  slackUserId: 'U012AB3CD',
  slackName: 'Ada',
  slackEmail: 'ada@acme.test',
  chosen: null,
};
const exampleChosen = { by: 'grace', at: '2026-11-26T09:10:00.000Z', how: 'admin' as const };
const examplePerson = { memberId: 'ada', email: 'ada@acme.test', name: 'Ada', active: true, links: [exampleLink] };

@Controller('v1/people')
@Roles('admin', 'security_admin', 'owner')
export class PeopleController {
  constructor(
    @Inject(DATABASE) private readonly pool: Pool,
    private readonly audit: AuditLog,
    private readonly slack: SlackClients,
  ) {}

  /** A product reads the members of its own tenants only. */
  @Get()
  @Answers({ body: pageOfItems(person), example: { items: [examplePerson], nextCursor: null }, problems: [404] })
  @Roles('admin', 'security_admin', 'owner', 'product')
  async list(
    @Caller() caller: Identity,
    @Query({ schema: peopleQuery }) query: z.output<typeof peopleQuery>,
  ): Promise<Page<Person>> {
    const tenantId = tenantOf(caller);
    const { limit, cursor, status, installation, q } = query;
    if (installation !== undefined) await installationOfTenant(this.pool, tenantId, installation);
    const after = decodeCursor(storableText, cursor) ?? '';
    const people = await findPeople(this.pool, { tenantId, status, installation, q, after, limit: limit + 1 });
    return pageOf(people, limit, (last) => last.memberId);
  }

  /** How many members have each status: a member with several installations counts in each. */
  @Get('counts')
  @Answers({
    body: peopleCounts,
    example: { counts: { matched: 98, manual: 1, unmatched: 4, ambiguous: 0, deactivated: 2, removed: 0 } },
    problems: [404],
  })
  async counts(
    @Caller() caller: Identity,
    @Query({ schema: countsQuery }) { installation }: z.output<typeof countsQuery>,
  ): Promise<z.output<typeof peopleCounts>> {
    const tenantId = tenantOf(caller);
    if (installation !== undefined) await installationOfTenant(this.pool, tenantId, installation);
    return { counts: await countPeople(this.pool, tenantId, installation) };
  }

  @Put(':member/links/:installation')
  @Answers({ body: personLink, example: { ...exampleLink, status: 'manual', chosen: exampleChosen } })
  async link(
    @Caller() caller: Identity,
    @Param('member') member: string,
    @Param('installation') installation: string,
    @Body({ schema: chosenPerson }) chosen: Chosen,
  ): Promise<PersonLink> {
    return linkAskingSlack(
      { pool: this.pool, audit: this.audit, caller, how: 'admin' },
      this.slack,
      await installationOfTenant(this.pool, tenantOf(caller), installation),
      member,
      chosen,
    );
  }

  @Delete(':member/links/:installation')
  @Answers({ body: personLink, example: { ...exampleLink, status: 'removed', chosen: exampleChosen } })
  async remove(
    @Caller() caller: Identity,
    @Param('member') member: string,
    @Param('installation') installation: string,
  ): Promise<PersonLink> {
    return unlink(
      { pool: this.pool, audit: this.audit, caller, how: 'admin' },
      await installationOfTenant(this.pool, tenantOf(caller), installation),
      member,
    );
  }
}
