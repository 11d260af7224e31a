// Reads the enabled workflows of many tenants, in their order, ready to run. Guarantees: a workflow is compiled once
// per version; one that does not compile is there with the reason. Types are checked when a workflow is saved, not
// here.
import { defineStatement } from '@carillon/persistence';
import type { Read } from '../resolution/context-changes.ts';
import { BoundedCache } from '../caches/bounded-cache.ts';
import { TimeSlice } from '../quota/time-slice.ts';
import { compileWorkflow, type Workflow, type WorkflowDefinition } from './workflow.ts';

const selectWorkflows = defineStatement({
  name: 'context-workflows',
  parameters: { tenantIds: 'text[]' },
  text: (p) => `
SELECT tenant_id, id, version, name, type, definition FROM workflow
 WHERE tenant_id = ANY(${p.tenantIds}) AND enabled ORDER BY tenant_id, position, id`,
});
type Row = [string, string, string, string, string, Omit<WorkflowDefinition, 'name' | 'type'>];

const compiled = new BoundedCache<string, Workflow>(2_000);

/** By tenant, then by type. */
export async function readWorkflows(
  read: Read,
  tenantIds: readonly string[],
): Promise<Map<string, Map<string, Workflow[]>>> {
  const found = new Map<string, Map<string, Workflow[]>>();
  const slice = new TimeSlice();
  for (const [tenant, id, version, name, type, definition] of await read<Row>(selectWorkflows({ tenantIds }))) {
    const workflow = compiled.get(`${id}:${version}`, () => runnable(id, { name, type, ...definition }));
    await slice.yieldIfOver();
    const ofTenant = found.get(tenant) ?? new Map<string, Workflow[]>();
    found.set(tenant, ofTenant);
    ofTenant.set(type, [...(ofTenant.get(type) ?? []), workflow]);
  }
  return found;
}

export function runnable(id: string, definition: WorkflowDefinition): Workflow {
  const result = compileWorkflow(id, definition, undefined);
  if ('workflow' in result) return result.workflow;
  const { name, type } = definition;
  return { id, name, type, tell: [], fault: result.errors[0]?.message ?? 'does not compile' };
}
