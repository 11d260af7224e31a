// Loads the context that a batch of requests is decided in. Whom a workflow tells, and who belongs to a saved
// destination, is known only when the tenant's are: such requests cost a second look, which the memory of the loader
// mostly answers.
import type { NotificationRequest } from '@carillon/domain';
import type { ResolutionContext, TenantContext } from './resolution-context.ts';
import { membersOf, namedBy } from '../workflows/run-workflows.ts';
import { LookupKeys, type ContextLoader } from './context-loader.ts';
import { mentionedIn } from './mentions.ts';
import type { PreparedRequest } from './prepared-request.ts';
import { asksWorkflows } from './resolve.ts';

type Asking = Pick<PreparedRequest, 'request' | 'type' | 'variables'>;

export async function loadContext(
  loader: Pick<ContextLoader, 'load'>,
  requests: readonly Asking[],
): Promise<ResolutionContext> {
  const keys = new LookupKeys();
  for (const { request } of requests) keys.add(request);
  const context = await loader.load(keys);
  let named = false;
  for (const { request, type, variables } of requests) {
    const { tenantId } = request;
    const tenant = context.get(tenantId)!;
    const saved = savedMembers(request.to, tenant);
    if (saved.length > 0) {
      keys.addNames(tenantId, saved, []);
      named = true;
    }
    if (!asksWorkflows(request)) continue;
    const workflows = tenant.workflows?.get(type.name) ?? [];
    if (workflows.length === 0) continue;
    const { members, addresses } = namedBy(workflows, variables, tenant.destinations);
    keys.addNames(tenantId, members, addresses);
    for (const { body } of workflows) if (body !== undefined) keys.addMentioned(tenantId, mentionedIn({ body }));
    named = true;
  }
  return named ? loader.load(keys) : context;
}

const nobody: readonly string[] = [];

function savedMembers(to: NotificationRequest['to'], { destinations }: TenantContext): readonly string[] {
  if (!to?.some((audience) => 'destination' in audience)) return nobody;
  return to.flatMap((audience) =>
    'destination' in audience ? membersOf(destinations?.get(audience.destination)?.to ?? []) : [],
  );
}
