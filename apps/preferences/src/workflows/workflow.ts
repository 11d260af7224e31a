// A tenant's rule: on a type, when a condition on the event holds, tell these. Pure values, as they are stored and as
// they run. Guarantee: what does not compile any more, because its type changed, is kept with the reason.
import type { NotificationType } from '@carillon/domain';
import { compileExpression, type Expression, type ExpressionError } from '../conditions/condition.ts';

/** Whom a workflow tells. */
export type Tell =
  | { channel: string; installation?: string | undefined }
  | { member: string }
  | { members: string[]; installation?: string | undefined }
  | { email: string }
  /** One that the tenant saved. */
  | { destination: string }
  /** Where the data holds an e-mail address or a member id, e.g. `data.owner.email`. */
  | { path: string };

/** As it is saved. */
export interface WorkflowDefinition {
  name: string;
  type: string;
  /** Absent: always. */
  when?: string | undefined;
  tell: Tell[];
  /** Where the data holds who is @-mentioned. */
  mention?: string | undefined;
  /** In place of the notification's. */
  title?: string | undefined;
  body?: string | undefined;
}

/** As it runs. */
export interface Workflow extends Omit<WorkflowDefinition, 'when' | 'tell' | 'mention'> {
  id: string;
  /** As it is stored; absent: it is not. */
  version?: string | undefined;
  when?: Expression | undefined;
  tell: readonly (Exclude<Tell, { path: string }> | { path: string; value: Expression })[];
  mention?: Expression | undefined;
  /** Why it tells nobody. */
  fault?: string | undefined;
}

/** Whether they do the same: a list is read anew with every change of a tenant's settings. */
export const areSameWorkflows = (one: readonly Workflow[], other: readonly Workflow[]): boolean =>
  one === other || (one.length === other.length && one.every((workflow, place) => isSame(workflow, other[place]!)));

const isSame = (one: Workflow, other: Workflow): boolean =>
  one === other || (one.id === other.id && one.version !== undefined && one.version === other.version);

/** An error has the path of its field in the definition. */
export type WorkflowError = ExpressionError & { path: string };

export function compileWorkflow(
  id: string,
  { when, tell, mention, ...rest }: WorkflowDefinition,
  schema: NotificationType['schema'],
): { workflow: Workflow } | { errors: WorkflowError[] } {
  const errors: WorkflowError[] = [];
  const compiled = (text: string, path: string, expect: 'bool' | 'any'): Expression | undefined => {
    const made = compileExpression(text, schema, expect);
    if ('expression' in made) return made.expression;
    errors.push(...made.errors.map((error) => ({ ...error, path })));
    return undefined;
  };
  const condition = when === undefined ? undefined : compiled(when, 'when', 'bool');
  const mentioned = mention === undefined ? undefined : compiled(mention, 'mention', 'any');
  const told: Workflow['tell'][number][] = [];
  for (const [place, one] of tell.entries()) {
    if (!('path' in one)) told.push(one);
    else {
      const value = compiled(one.path, `tell[${place}].path`, 'any');
      if (value) told.push({ path: one.path, value });
    }
  }
  if (errors.length > 0) return { errors };
  return { workflow: { id, ...rest, when: condition, tell: told, mention: mentioned } };
}
