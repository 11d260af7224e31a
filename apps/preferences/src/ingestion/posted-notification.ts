// A notification as it is posted: the request of the topic, with the event's `source` and `id` beside it. Guarantees:
// the tenant is one of the token's. What would be refused on Kafka is refused here, and the invalid field is named.
import {
  eventId,
  eventSource,
  notificationRequest,
  platformSource,
  tenantId as tenantIdSchema,
  type NotificationRequest,
  type NotificationType,
} from '@carillon/domain';
import { Problem, tenantOf, type Identity, type Tenants } from '@carillon/runtime';
import type { z } from 'zod';
import type { Catalogue } from '../catalogue/catalogue.ts';
import { prepareRequest, type PreparedRequest } from '../resolution/prepared-request.ts';
import type { ContentFault } from './content-faults.ts';

export const postedNotification = notificationRequest.extend({
  tenantId: tenantIdSchema.optional(),
  source: eventSource,
  id: eventId,
});
export type PostedNotification = z.output<typeof postedNotification>;

/** One that was not sent: it has no id yet, and perhaps nobody knows who would send it. */
export const explainedNotification = postedNotification.partial({ source: true, id: true });
export type ExplainedNotification = z.output<typeof explainedNotification>;

export interface Admitted {
  /** As it goes to Kafka. */
  request: NotificationRequest;
  type: NotificationType;
  /** As it is decided. */
  prepared: PreparedRequest;
}

/** Without a source, a tenant's list of sources is not looked at. */
export function admit(
  posted: ExplainedNotification,
  caller: Identity,
  catalogue: Catalogue,
  tenants: Pick<Tenants, 'nameOf'>,
): Admitted {
  const { source, id, ...rest } = posted;
  const tenantId = tenantOf(caller, posted.tenantId);
  if (source === platformSource) {
    const message = 'is the source of Carillon itself';
    throw new Problem(403, 'Forbidden', `${source} ${message}`, [{ path: 'source', message }]);
  }
  const admission = catalogue.admit(tenantId, source, rest.type);
  if ('type' in admission) {
    const { type } = admission;
    const request = { ...rest, tenantId };
    const event = { source: source ?? '', id: id ?? '', tenantName: tenants.nameOf(tenantId) };
    const prepared = prepareRequest(request, type, event, catalogue);
    if ('fault' in prepared) throw contentProblem(prepared.fault);
    return { request, type, prepared };
  }
  const { code, field, detail } = admission.refusal;
  if (code === 'unusable_type') throw contentProblem({ code, path: field, detail });
  const [status, title] = code === 'unknown_type' ? [400, 'Bad Request'] : [403, 'Forbidden'];
  throw new Problem(status, title, detail, [{ path: field, message: detail }]);
}

export function contentProblem({ code, path, detail }: ContentFault): Problem {
  const errors = [{ path, message: detail }];
  // Not the caller's fault: another release, or the operator, may repair the type.
  if (code === 'unusable_type')
    return new Problem(503, 'Service Unavailable', detail, errors, { headers: { 'retry-after': '30' } });
  return new Problem(400, 'Bad Request', `${path} ${detail}`, errors);
}
