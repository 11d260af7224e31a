// The routes of workflows: a tenant's rules of whom to tell. A dry run decides for an event that is not sent, with the
// stored workflows or with a draft.
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { externalId, notificationRequest } from '@carillon/domain';
import {
  Answers,
  Caller,
  decodeCursor,
  pageOf,
  pageOfItems,
  pageQuery,
  Problem,
  problemOfFields,
  Roles,
  tenantOf,
  Tenants,
  type Identity,
  type Page,
  withEtag,
  type AnswerHead,
} from '@carillon/runtime';
import { z } from 'zod';
import { CatalogueRefresh } from '../catalogue/catalogue-refresh.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import { admit } from '../ingestion/posted-notification.ts';
import { patched } from '../preferences/merge-patch.ts';
import { ContextLoader } from '../resolution/context-loader.ts';
import { prepareRequest } from '../resolution/prepared-request.ts';
import { withChannelIds } from './channel-ids.ts';
import { dryRun, dryRunResult } from './dry-run.ts';
import { RecentEvents } from './recent-events.ts';
import {
  bodyOf,
  definitionOf,
  exampleWorkflow,
  shownWorkflow,
  workflowBody,
  type ShownWorkflow,
  type WorkflowBody,
} from './workflow-body.ts';
import { runnable } from './workflow-rows.ts';
import type { Workflow } from './workflow.ts';
import { workflowPosition, Workflows } from './workflows.ts';

const listQuery = z.strictObject({ ...pageQuery, type: externalId.optional() });

/** In place of the stored ones. */
const draft = workflowBody.omit({ type: true }).optional();
const dryRunRequest = z
  .strictObject({
    workflow: draft,
    /** As a product would publish it; whom it names besides is not decided. */
    event: notificationRequest
      .omit({ tenantId: true, to: true })
      .extend({ tenantId: externalId.optional() })
      .optional(),
    /** In place of `event`: the newest events of a type, where the tenant lets them be kept. */
    last: z.int().min(1).max(100).optional(),
    type: externalId.optional(),
  })
  .superRefine(({ event, last, type }, context) => {
    const wrong = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
    if ((event === undefined) === (last === undefined)) wrong('event', 'give either event, or last and type');
    else if (last !== undefined && type === undefined) wrong('type', 'is needed with last');
    else if (event !== undefined && type !== undefined) wrong('type', 'is the one of the event');
  });
const dryRunAnswer = dryRunResult.partial({ because: true, decisions: true }).extend({
  /** With `last`: what each of them comes to, the newest first. */
  events: z
    .array(
      dryRunResult.partial({ because: true, decisions: true }).extend({
        notificationId: z.uuid(),
        at: z.iso.datetime(),
        /** Why it does not fit its type any more. */
        fault: z.string().optional(),
      }),
    )
    .optional(),
});

@Controller('v1/workflows')
export class WorkflowsController {
  constructor(
    private readonly workflows: Workflows,
    private readonly catalogue: Catalogue,
    private readonly contexts: ContextLoader,
    private readonly tenants: Tenants,
    private readonly refresh: CatalogueRefresh,
    private readonly recent: RecentEvents,
  ) {}

  @Get()
  @Answers({ body: pageOfItems(shownWorkflow), example: { items: [exampleWorkflow], nextCursor: null } })
  @Roles('owner', 'security_admin', 'admin', 'product')
  async list(@Caller() caller: Identity, @Query({ schema: listQuery }) query: unknown): Promise<Page<ShownWorkflow>> {
    const { limit, cursor, type } = query as z.output<typeof listQuery>;
    const found = await this.workflows.list(tenantOf(caller), limit + 1, type, decodeCursor(workflowPosition, cursor));
    return pageOf(found, limit, ({ order, id }) => [order, id]);
  }

  @Get(':id')
  @Answers({ body: shownWorkflow, example: exampleWorkflow })
  @Roles('owner', 'security_admin', 'admin', 'product')
  async show(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<ShownWorkflow> {
    return withEtag(await this.workflows.get(tenantOf(caller), id), response);
  }

  @Post()
  @Answers({ status: 201, body: shownWorkflow, example: exampleWorkflow, problems: [409] })
  @HttpCode(201)
  @Roles('owner', 'admin')
  async create(
    @Caller() caller: Identity,
    @Body({ schema: workflowBody }) body: unknown,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<ShownWorkflow> {
    const workflow = await this.identified(caller, body as WorkflowBody);
    return withEtag(await this.workflows.create(tenantOf(caller), workflow, caller), response);
  }

  @Put(':id')
  @Answers({ body: shownWorkflow, example: exampleWorkflow, problems: [409, 412] })
  @Roles('owner', 'admin')
  async replace(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: workflowBody }) body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<ShownWorkflow> {
    const workflow = await this.identified(caller, body as WorkflowBody);
    const to = (): WorkflowBody => workflow;
    return withEtag(await this.workflows.change(tenantOf(caller), id, to, caller, ifMatch), response);
  }

  /** A JSON merge patch (RFC 7396). */
  @Patch(':id')
  @Answers({ body: shownWorkflow, example: exampleWorkflow, problems: [409, 412] })
  @Roles('owner', 'admin')
  async patch(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Body({ schema: z.record(z.string(), z.unknown()) }) patch: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) response: AnswerHead,
  ): Promise<ShownWorkflow> {
    const change = await this.identified(caller, patch as Record<string, unknown>);
    const to = (before: ShownWorkflow): WorkflowBody => patched(workflowBody, bodyOf(before), change);
    return withEtag(await this.workflows.change(tenantOf(caller), id, to, caller, ifMatch), response);
  }

  @Delete(':id')
  @Answers({ mediaType: null, description: 'Deleted.', problems: [412] })
  @HttpCode(204)
  @Roles('owner', 'admin')
  async delete(
    @Caller() caller: Identity,
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    await this.workflows.delete(tenantOf(caller), id, caller, ifMatch);
  }

  @Post('dry-run')
  @Answers({
    body: dryRunAnswer,
    example: { matched: false, because: [{ workflow: 'High scores', matched: false, reasons: [] }], decisions: [] },
    problems: [409],
  })
  @HttpCode(200)
  @Roles('owner', 'security_admin', 'admin', 'product')
  async dryRun(
    @Caller() caller: Identity,
    @Body({ schema: dryRunRequest }) body: unknown,
  ): Promise<z.output<typeof dryRunAnswer>> {
    const { workflow, event, last, type = event!.type } = body as z.output<typeof dryRunRequest>;
    await this.refresh.lookFor([type]);
    if (last !== undefined) return this.dryRunOfLast(caller, type, last, workflow);
    const { prepared } = admit({ ...event!, to: toWorkflows }, caller, this.catalogue, this.tenants);
    return dryRun(this.contexts, prepared, this.compiled(type, workflow));
  }

  private async dryRunOfLast(
    caller: Identity,
    name: string,
    last: number,
    workflow: z.output<typeof draft>,
  ): Promise<z.output<typeof dryRunAnswer>> {
    const tenantId = tenantOf(caller);
    if (!this.recent.allows(tenantId))
      throw new Problem(409, 'Conflict', 'no events of this tenant are kept: keepEvents in TENANTS_FILE allows it');
    const type = this.catalogue.type(name);
    if (!type) throw problemOfFields([{ path: 'type', message: 'no such type in the catalogue' }]);
    const compiled = this.compiled(name, workflow);
    const events = [];
    for (const { notificationId, at, source, id, request } of await this.recent.newest(tenantId, name, last)) {
      const asked = { ...request, to: toWorkflows };
      const tenantName = this.tenants.nameOf(tenantId);
      const prepared = prepareRequest(asked, type, { source, id, tenantName }, this.catalogue);
      const of = { notificationId, at: at.toISOString() };
      if ('fault' in prepared)
        events.push({ ...of, matched: false, fault: `${prepared.fault.path}: ${prepared.fault.detail}` });
      else events.push({ ...of, ...(await dryRun(this.contexts, prepared, compiled)) });
    }
    return { matched: events.some(({ matched }) => matched), events };
  }

  private compiled(type: string, workflow: z.output<typeof draft>): Workflow | undefined {
    if (!workflow) return undefined;
    const whole = { ...workflow, type };
    this.workflows.check(whole);
    return runnable('draft', definitionOf(whole));
  }

  private async identified<T extends { tell?: unknown }>(caller: Identity, given: T): Promise<T> {
    if (given.tell === undefined) return given;
    return { ...given, tell: await withChannelIds(this.contexts, tenantOf(caller), given.tell) };
  }
}

const toWorkflows = [{ workflow: true as const }];
