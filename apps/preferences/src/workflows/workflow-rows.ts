// Reads the enabled workflows of many tenants, in their order, and makes them ready to run. Guarantees: a workflow that
// is ready already, in the same version, is not compiled again; one that does not compile is there with the reason.
// Types are checked when a workflow is saved, not here.
import { defineStatement } from '@carillon/persistence';
import type { Read } from '../resolution/context-changes.ts';
import { TimeSlice } from '../quota/time-slice.ts';
import { compileWorkflow, type Workflow, type WorkflowDefinition } from './workflow.ts';

const selectWorkflows = defineStatement({
  name: 'context-workflows',
  parameters: { tenantIds: 'text[]' },
  text: (p) => `
SELECT tenant_id, id, version, name, type, definition FROM workflow
 WHERE tenant_id = ANY(${p.tenantIds}) AND enabled ORDER BY tenant_id, position, id`,
});
export type ReadWorkflow = [
  tenantId: string,
  id: string,
  version: string,
  name: string,
  type: string,
  definition: Omit<WorkflowDefinition, 'name' | 'type'>,
];

/** By type. */
export type WorkflowsOfTypes = ReadonlyMap<string, readonly Workflow[]>;

/** By tenant. */
export async function readWorkflows(read: Read, tenantIds: readonly string[]): Promise<Map<string, ReadWorkflow[]>> {
  return Map.groupBy(await read<ReadWorkflow>(selectWorkflows({ tenantIds })), ([tenant]) => tenant);
}

/**
 * Takes its time, and lets other work go on: no transaction should wait for it.
 * @param ready of the same tenant, from before
 */
export async function compileWorkflows(
  read: readonly ReadWorkflow[],
  ready: WorkflowsOfTypes | undefined,
): Promise<WorkflowsOfTypes> {
  const keyOf = (id: string, version: string | undefined): string => `${id}:${version}`;
  const before = new Map([...(ready?.values() ?? [])].flat().map((one) => [keyOf(one.id, one.version), one]));
  const found = new Map<string, Workflow[]>();
  const slice = new TimeSlice();
  for (const [, id, version, name, type, definition] of read) {
    const workflow = before.get(keyOf(id, version)) ?? runnable(id, { name, type, ...definition }, version);
    await slice.yieldIfOver();
    const ofType = found.get(type);
    if (ofType) ofType.push(workflow);
    else found.set(type, [workflow]);
  }
  return found;
}

export function runnable(id: string, definition: WorkflowDefinition, version?: string): Workflow {
  const result = compileWorkflow(id, definition, undefined);
  if ('workflow' in result) return { ...result.workflow, version };
  const { name, type } = definition;
  return { id, version, name, type, tell: [], fault: result.errors[0]?.message ?? 'does not compile' };
}
