// Runs a tenant's workflows over an event: whom they tell, and why not. Pure. Guarantees: it never throws, whatever the
// data; a condition that cannot be evaluated is a reason of its own and tells nobody; details name fields and limits,
// never values of the data. The work of one event is bounded, whatever its workflows are: other tenants wait meanwhile.
import { emailAddress, externalId, type Mention, type NamedAudience, type Reason } from '@carillon/domain';
import { EvaluationFailed, FieldAbsent, WorkBudget, type Expression, type Variables } from '../conditions/condition.ts';
import { areSameWorkflows, type Workflow } from './workflow.ts';

export interface Told {
  audience: NamedAudience | { destination: string };
  workflow: Workflow;
  mention?: Mention | undefined;
}

export interface Run {
  readonly told: readonly Told[];
  readonly reasons: readonly Reason[];
}

/** Names that one path may lead to. */
const mostNames = 50;
const longestDetail = 300;
/** As many as a request may name. */
const mostTold = 1_000;
/** They travel with the notification. */
const mostReasons = 100;
/** Of work: to check what kind of name it is. */
const unitsPerName = 25;
/** About 10 ms: a usual condition takes some hundred. */
const unitsOfEvent = 400_000;

export const budgetOfEvent = (): WorkBudget => new WorkBudget(unitsOfEvent);

/** By event. Both who loads what a decision needs to know and who decides ask for the same run. */
const lastRuns = new WeakMap<Variables, { workflows: readonly Workflow[]; run: Run }>();

/** @param workflows in their order; run once for an event, so neither they nor the variables may be changed later */
export function runWorkflows(workflows: readonly Workflow[], variables: Variables): Run {
  const last = lastRuns.get(variables);
  if (last && areSameWorkflows(last.workflows, workflows)) return last.run;
  const run = runWithin(budgetOfEvent(), workflows, variables);
  lastRuns.set(variables, { workflows, run });
  return run;
}

/** @param budget of what the event's other workflows have left */
export function runWithin(budget: WorkBudget, workflows: readonly Workflow[], variables: Variables): Run {
  const run = { told: [] as Told[], reasons: [] as Reason[] };
  let matched = false;
  for (const workflow of workflows) {
    const match = matches(workflow, variables, budget);
    if (match === false) continue;
    if (match !== true) {
      run.reasons.push(match);
      continue;
    }
    matched = true;
    const reasons: Reason[] = [];
    const mention = workflow.mention && mentionOf(namesAt(workflow.mention, variables, budget).names[0]);
    const audiences = audiencesOf(workflow, { variables, budget, reasons });
    if (budget.isSpent && evaluates(workflow)) {
      run.reasons.push(failed(workflow.name, 'the workflows of the event together take too much work for this data'));
      continue;
    }
    run.reasons.push(...reasons);
    if (run.told.length + audiences.length > mostTold) {
      run.reasons.push(failed(workflow.name, `tells more than the ${mostTold} that workflows may tell of one event`));
      continue;
    }
    for (const audience of audiences) run.told.push({ audience, workflow, mention });
  }
  run.reasons.length = Math.min(run.reasons.length, mostReasons);
  if (!matched) run.reasons.push({ code: 'no_workflow' });
  return run;
}

const evaluates = ({ when, mention, tell }: Workflow): boolean =>
  when !== undefined || mention !== undefined || tell.some((one) => 'path' in one);

function matches({ name, when, fault }: Workflow, variables: Variables, budget: WorkBudget): boolean | Reason {
  if (fault !== undefined) return failed(name, fault);
  if (!when) return true;
  try {
    return when.evaluate(variables, budget) === true;
  } catch (error) {
    if (error instanceof EvaluationFailed) return failed(name, error.message);
    throw error;
  }
}

const failed = (name: string, why: string): Reason => ({
  code: 'workflow_failed',
  detail: `${name}: ${why}`.slice(0, longestDetail),
});

interface Evaluating {
  variables: Variables;
  budget: WorkBudget;
  reasons: Reason[];
}

function audiencesOf(workflow: Workflow, { variables, budget, reasons }: Evaluating): Told['audience'][] {
  return workflow.tell.flatMap((tell): Told['audience'][] => {
    if (!('path' in tell)) return [tell];
    const { names, fault } = namesAt(tell.value, variables, budget);
    const people = names.flatMap((name) => mentionOf(name) ?? []);
    const about = `${workflow.name}: ${tell.path}`;
    if (fault !== undefined) reasons.push(failed(about, fault));
    else if (people.length === 0)
      reasons.push({ code: 'workflow_names_nobody', detail: about.slice(0, longestDetail) });
    return people;
  });
}

interface Names {
  names: string[];
  /** Why the path could not be followed; absent: the data has nothing there. */
  fault?: string;
}

function namesAt(value: Expression, variables: Variables, budget: WorkBudget): Names {
  if (budget.isSpent) return { names: [] };
  let found: unknown;
  try {
    found = value.evaluate(variables, budget);
  } catch (error) {
    if (error instanceof FieldAbsent) return { names: [] };
    if (error instanceof EvaluationFailed) return { names: [], fault: error.message };
    throw error;
  }
  const names: unknown[] = Array.isArray(found) ? found.slice(0, mostNames) : [found];
  budget.left -= names.length * unitsPerName;
  return { names: names.filter((name): name is string => typeof name === 'string') };
}

/** An address, or else a member id; undefined for what is neither. */
function mentionOf(name: string | undefined): Mention | undefined {
  if (name === undefined) return undefined;
  const address = name.includes('@') ? emailAddress.safeParse(name) : undefined;
  if (address?.success) return { email: address.data };
  const member = externalId.safeParse(name);
  return member.success ? { member: member.data } : undefined;
}
