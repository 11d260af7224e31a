// Loads the context that a batch of requests is decided in. Whom a workflow tells is known only when the tenant's
// workflows are: such requests cost a second look, which the memory of the loader mostly answers.
import type { ResolutionContext } from './resolution-context.ts';
import { namedBy } from '../workflows/run-workflows.ts';
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
    if (!asksWorkflows(request)) continue;
    const { tenantId } = request;
    const workflows = context.get(tenantId)?.workflows?.get(type.name) ?? [];
    if (workflows.length === 0) continue;
    const { members, addresses } = namedBy(workflows, variables);
    keys.addNames(tenantId, members, addresses);
    for (const { body } of workflows) if (body !== undefined) keys.addMentioned(tenantId, mentionedIn({ body }));
    named = true;
  }
  return named ? loader.load(keys) : context;
}
