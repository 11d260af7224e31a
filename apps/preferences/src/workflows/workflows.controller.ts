// The routes of workflows: a tenant's rules of whom to tell. A dry run decides for an event that is not sent, with the
// stored workflows or with a draft.
import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import { decision, externalId, notificationRequest } from '@carillon/domain';
import {
  Answers,
  Caller,
  decodeCursor,
  pageOf,
  pageOfItems,
  pageQuery,
  problemOfIssues,
  Roles,
  tenantOf,
  Tenants,
  type Identity,
  type Page,
  type AnswerHead,
} from '@carillon/runtime';
import { z } from 'zod';
import { CatalogueRefresh } from '../catalogue/catalogue-refresh.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import { explainedReason, inWords } from '../explaining/explained-reason.ts';
import { admit } from '../ingestion/posted-notification.ts';
import { mergePatch } from '../preferences/merge-patch.ts';
import { ContextLoader, LookupKeys } from '../resolution/context-loader.ts';
import { resolve } from '../resolution/resolve.ts';
import { budgetOfEvent, runWithin, runWorkflows } from './run-workflows.ts';
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

const dryRun = z.strictObject({
  /** In place of the stored ones. */
  workflow: workflowBody.omit({ type: true }).optional(),
  /** As a product would publish it; whom it names besides is not decided. */
  event: notificationRequest.omit({ tenantId: true, to: true }).extend({ tenantId: externalId.optional() }),
});
const dryRunAnswer = z.object({
  matched: z.boolean(),
  /** For each workflow: why it tells somebody, or nobody. */
  because: z.array(z.object({ workflow: z.string(), matched: z.boolean(), reasons: z.array(explainedReason) })),
  decisions: z.array(decision.omit({ reasons: true }).extend({ reasons: z.array(explainedReason) })),
});

@Controller('v1/workflows')
export class WorkflowsController {
  constructor(
    private readonly workflows: Workflows,
    private readonly catalogue: Catalogue,
    private readonly contexts: ContextLoader,
    private readonly tenants: Tenants,
    private readonly refresh: CatalogueRefresh,
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
    return withEtag(await this.workflows.create(tenantOf(caller), body as WorkflowBody, caller), response);
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
    const to = (): WorkflowBody => body as WorkflowBody;
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
    const to = (before: ShownWorkflow): WorkflowBody => {
      const given = mergePatch(bodyOf(before), patch);
      const read = workflowBody.safeParse(given);
      if (!read.success) throw problemOfIssues(read.error.issues, given);
      return read.data;
    };
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
  })
  @HttpCode(200)
  @Roles('owner', 'security_admin', 'admin', 'product')
  async dryRun(
    @Caller() caller: Identity,
    @Body({ schema: dryRun }) body: unknown,
  ): Promise<z.output<typeof dryRunAnswer>> {
    const { workflow: draft, event } = body as z.output<typeof dryRun>;
    if (!this.catalogue.type(event.type)) await this.refresh.look();
    const { prepared } = admit({ ...event, to: [{ workflow: true }] }, caller, this.catalogue, this.tenants);
    const { request, type, variables } = prepared;
    const { tenantId } = request;
    const keys = new LookupKeys();
    keys.add(request);
    const known = (await this.contexts.load(keys)).get(tenantId)!;
    let workflows: readonly Workflow[] = known.workflows?.get(type.name) ?? [];
    if (draft) {
      const whole = { ...draft, type: type.name };
      this.workflows.check(whole);
      workflows = [runnable('draft', definitionOf(whole))];
    }
    const { told } = runWorkflows(workflows, variables);
    keys.addTold(tenantId, told);
    for (const { audience } of told)
      if ('destination' in audience)
        keys.addAudiences(tenantId, known.destinations?.get(audience.destination)?.to ?? []);
    const context = {
      ...(await this.contexts.load(keys)).get(tenantId)!,
      workflows: new Map([[type.name, workflows]]),
    };
    const { decisions } = resolve(request, type, context, { at: Date.now(), variables });
    const budget = budgetOfEvent();
    const because = workflows.map((one) => {
      const { told, reasons } = runWithin(budget, [one], variables);
      return { workflow: one.name, matched: told.length > 0, reasons: inWords(reasons) };
    });
    return {
      matched: because.some(({ matched }) => matched),
      because,
      decisions: decisions.map((one) => ({ ...one, reasons: inWords(one.reasons) })),
    };
  }
}

function withEtag(workflow: ShownWorkflow, response: AnswerHead): ShownWorkflow {
  response.set({ etag: `"${workflow.version}"` });
  return workflow;
}
