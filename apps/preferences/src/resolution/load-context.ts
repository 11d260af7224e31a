// Loads the context that a batch of requests is decided in. Whom workflows tell of an event is known once they have
// run, and who belongs to a saved destination once the tenant's are known: such requests cost a second load, which the
// memory of the loader mostly answers. Guarantee: the context holds everybody whom its own workflows and destinations
// tell or mention, also where they were changed between two loads. Where they change with every load, those of the last
// but one hold: nobody delays a batch by changing them.
import type { AudienceMember } from '@carillon/domain';
import { runWorkflows } from '../workflows/run-workflows.ts';
import { TimeSlice } from '../quota/time-slice.ts';
import type { RunStep } from '../quota/work-shares.ts';
import { areSameWorkflows, type Workflow } from '../workflows/workflow.ts';
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
  let before = context;
  const slice = new TimeSlice();
  let ran: readonly (readonly Workflow[])[] = asking.map(() => none);
  for (let loads = 1; ; loads++) {
    const workflows = asking.map(({ request, type }) =>
      asksWorkflows(request) ? (context.get(request.tenantId)?.workflows?.get(type.name) ?? none) : none,
    );
    let complete = workflows.every((list, place) => areSameWorkflows(list, ran[place]!));
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
    if (loads === mostLoads) return withRulesOf(before, context);
    ran = workflows;
    before = context;
    context = await loader.load(keys);
  }
}

const none: readonly Workflow[] = [];
/** The second one is usual; the others are for changes meanwhile. */
const mostLoads = 5;

const isSaved = (audience: AudienceMember): boolean => 'destination' in audience;

const savedIn = (audiences: readonly AudienceMember[], tenant: TenantContext | undefined): AudienceMember[] =>
  audiences.flatMap((one) => ('destination' in one ? (tenant?.destinations?.get(one.destination)?.to ?? []) : []));

/** Everybody whom the rules of `before` tell is asked for in the load after it. */
const withRulesOf = (before: ResolutionContext, context: ResolutionContext): ResolutionContext =>
  new Map(
    [...context].map(([tenant, known]) => {
      const { workflows, destinations } = before.get(tenant)!;
      return [tenant, { ...known, workflows, destinations }];
    }),
  );
