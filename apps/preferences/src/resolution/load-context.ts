// Loads the context that a batch of requests is decided in. Whom workflows tell of an event is known once they have
// run, and who belongs to a saved destination once the tenant's are known: such requests cost a second load, which the
// memory of the loader mostly answers. Guarantee: the context holds everybody whom its own workflows and destinations
// tell or mention, also where they were changed between two loads.
import type { AudienceMember } from '@carillon/domain';
import { runWorkflows } from '../workflows/run-workflows.ts';
import { TimeSlice } from '../quota/time-slice.ts';
import type { RunStep } from '../quota/work-shares.ts';
import type { Workflow } from '../workflows/workflow.ts';
import { LookupKeys, type ContextLoader } from './context-loader.ts';
import type { PreparedRequest } from './prepared-request.ts';
import type { ResolutionContext, TenantContext } from './resolution-context.ts';
import { asksWorkflows } from './resolve.ts';

type Asking = Pick<PreparedRequest, 'request' | 'type' | 'variables'>;

/** @param run may leave the workflows of a request alone, which is then not decided */
export async function loadContext<Request extends Asking>(
  loader: Pick<ContextLoader, 'load'>,
  requests: readonly Request[],
  run: RunStep<Request> = (_request, step) => step(),
): Promise<ResolutionContext> {
  const keys = new LookupKeys();
  for (const { request } of requests) keys.add(request);
  const asking = requests.filter(({ request }) => asksWorkflows(request) || request.to?.some(isSaved));
  let context = await loader.load(keys);
  const slice = new TimeSlice();
  let ran: readonly (readonly Workflow[])[] = asking.map(() => none);
  for (;;) {
    const workflows = asking.map(({ request, type }) =>
      asksWorkflows(request) ? (context.get(request.tenantId)?.workflows?.get(type.name) ?? none) : none,
    );
    let complete = workflows.every((list, place) => areSame(list, ran[place]!));
    for (const [place, one] of asking.entries()) {
      await slice.yieldIfOver();
      const { tenantId, to = [] } = one.request;
      const told = run(one, () => runWorkflows(workflows[place]!, one.variables).told);
      if (!told) continue;
      keys.addTold(tenantId, told);
      const saved = savedIn([...to, ...told.map(({ audience }) => audience)], context.get(tenantId));
      if (keys.addAudiences(tenantId, saved)) complete = false;
    }
    if (complete) return context;
    ran = workflows;
    context = await loader.load(keys);
  }
}

const none: readonly Workflow[] = [];

const isSaved = (audience: AudienceMember): boolean => 'destination' in audience;

const savedIn = (audiences: readonly AudienceMember[], tenant: TenantContext | undefined): AudienceMember[] =>
  audiences.flatMap((one) => ('destination' in one ? (tenant?.destinations?.get(one.destination)?.to ?? []) : []));

/** A list is read anew with every change of a tenant's settings; a workflow is another one where it was changed. */
const areSame = (one: readonly Workflow[], other: readonly Workflow[]): boolean =>
  one === other || (one.length === other.length && one.every((workflow, place) => workflow === other[place]));
