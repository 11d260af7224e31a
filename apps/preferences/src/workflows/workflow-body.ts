// A workflow as the API takes and shows it.
import { channelReference, content, emailAddress, externalId, storableText } from '@carillon/domain';
import { z } from 'zod';
import type { WorkflowRow } from './workflow.entity.ts';
import type { WorkflowDefinition } from './workflow.ts';

/** `data.owner.email`, or any expression that yields a name or a list of names. */
const path = storableText.min(1).max(500);
const expression = storableText.min(1).max(4_000);

const tell = z.union([
  /** By name too; the id is stored. */
  z.strictObject({ channel: channelReference, installation: externalId.optional() }),
  z.strictObject({ member: externalId }),
  z.strictObject({ members: z.array(externalId).min(2).max(8), installation: externalId.optional() }),
  z.strictObject({ email: emailAddress }),
  z.strictObject({ destination: externalId }),
  z.strictObject({ path }),
]);

export const workflowBody = z.strictObject({
  /** Unique among the tenant's, whatever the case. */
  name: storableText.trim().min(1).max(100),
  type: externalId,
  /** A CEL expression over `data`, `notification` and `tenant`; absent: always. */
  when: expression.optional(),
  tell: z.array(tell).min(1).max(20),
  /** Where the data holds who is @-mentioned. */
  mention: path.optional(),
  /** In place of the notification's. */
  title: content.shape.title.optional(),
  body: content.shape.body,
  enabled: z.boolean().default(true),
  /** Lower ones run first. */
  order: z.int().min(0).max(1_000_000).default(10),
});
export type WorkflowBody = z.output<typeof workflowBody>;

export const shownWorkflow = workflowBody.extend({
  id: z.uuid(),
  version: z.int(),
  updatedBy: z.string(),
  updatedAt: z.iso.datetime(),
  /** Why it does not fit its type as the type is now, which may have changed since; absent where it fits. */
  fault: z.string().optional(),
});
export type ShownWorkflow = z.output<typeof shownWorkflow>;

export function shownOf({ id, name, type, enabled, position, definition, ...row }: WorkflowRow): ShownWorkflow {
  return {
    id,
    ...{ name, type },
    ...(definition as Omit<WorkflowBody, 'name' | 'type' | 'enabled' | 'order'>),
    ...{ enabled, order: position, version: Number(row.version) },
    ...{ updatedBy: row.updatedBy, updatedAt: row.updatedAt.toISOString() },
  };
}

export const bodyOf = ({
  id: _id,
  version: _version,
  updatedBy: _by,
  updatedAt: _at,
  fault: _fault,
  ...body
}: ShownWorkflow): WorkflowBody => body;

export const definitionOf = ({ enabled: _, order: __, ...definition }: WorkflowBody): WorkflowDefinition => definition;

export const exampleWorkflow: ShownWorkflow = {
  id: '0c7a3c2e-5a3b-4f6e-9b51-3d6f8f1f2a10',
  name: 'High scores',
  type: 'report.ready',
  when: 'data.dailyScore >= 100',
  tell: [{ channel: 'C012AB3CD' }, { path: 'data.owner.email' }],
  enabled: true,
  order: 10,
  version: 1,
  updatedBy: 'olga',
  updatedAt: '2026-11-26T09:00:00.000Z',
};
