// What the workflows of a tenant, or a draft of one, would do with an event. Nothing is sent. Guarantee: it is decided
// by the same functions as an event that is sent.
import { decision } from '@carillon/domain';
import { z } from 'zod';
import { explainedReason, inWords } from '../explaining/explained-reason.ts';
import { LookupKeys, type ContextLoader } from '../resolution/context-loader.ts';
import type { PreparedRequest } from '../resolution/prepared-request.ts';
import { resolve } from '../resolution/resolve.ts';
import { budgetOfEvent, runWithin, runWorkflows } from './run-workflows.ts';
import type { Workflow } from './workflow.ts';

export const dryRunResult = z.object({
  matched: z.boolean(),
  /** For each workflow: why it tells somebody, or nobody. */
  because: z.array(z.object({ workflow: z.string(), matched: z.boolean(), reasons: z.array(explainedReason) })),
  decisions: z.array(decision.omit({ reasons: true }).extend({ reasons: z.array(explainedReason) })),
});
export type DryRunResult = z.output<typeof dryRunResult>;

/** @param draft in place of the stored ones */
export async function dryRun(
  contexts: ContextLoader,
  { request, type, variables }: PreparedRequest,
  draft: Workflow | undefined,
): Promise<DryRunResult> {
  const { tenantId } = request;
  const keys = new LookupKeys();
  keys.add(request);
  const known = (await contexts.load(keys)).get(tenantId)!;
  const workflows = draft ? [draft] : (known.workflows?.get(type.name) ?? []);
  const { told } = runWorkflows(workflows, variables);
  keys.addTold(tenantId, told);
  for (const { audience } of told)
    if ('destination' in audience) keys.addAudiences(tenantId, known.destinations?.get(audience.destination)?.to ?? []);
  const context = {
    ...(await contexts.load(keys)).get(tenantId)!,
    workflows: new Map([[type.name, workflows]]),
  };
  const { decisions } = resolve(request, type, context, { at: Date.now(), variables });
  const budget = budgetOfEvent();
  const because = workflows.map((one) => {
    const run = runWithin(budget, [one], variables);
    return { workflow: one.name, matched: run.told.length > 0, reasons: inWords(run.reasons) };
  });
  return {
    matched: because.some(({ matched }) => matched),
    because,
    decisions: decisions.map((one) => ({ ...one, reasons: inWords(one.reasons) })),
  };
}
