// A notification as it is posted: the request of the topic, with the event's `source` and `id` beside it.
// Promises: the tenant comes from the token; only a token that belongs to no tenant (a product's service token) names
// one; what Kafka would refuse is refused here with the field at fault.
import { eventId, eventSource, notificationRequest, tenantId as tenantIdSchema, type NotificationRequest, type NotificationType } from '@carillon/domain';
import { Problem, type Identity } from '@carillon/runtime';
import type { z } from 'zod';
import type { Catalogue } from '../catalogue/catalogue.ts';

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
  request: NotificationRequest;
  type: NotificationType;
}

/** Without a source, a tenant's list of sources is not looked at. */
export function admit(posted: ExplainedNotification, caller: Identity, catalogue: Catalogue): Admitted {
  const { source, id: _, ...rest } = posted;
  const tenantId = tenantFor(posted, caller);
  const admission = catalogue.admit(tenantId, source, rest.type);
  if ('type' in admission) return { request: { ...rest, tenantId }, type: admission.type };
  const { code, field, detail } = admission.refusal;
  const status = code === 'unknown_type' ? 400 : code === 'unknown_tenant' && caller.tenantId === undefined ? 404 : 403;
  throw new Problem(status, status === 400 ? 'Bad Request' : status === 404 ? 'Not Found' : 'Forbidden', detail, [{ path: field, message: detail }]);
}

function tenantFor({ tenantId }: ExplainedNotification, caller: Identity): string {
  if (caller.tenantId === undefined) {
    if (tenantId !== undefined) return tenantId;
    throw new Problem(400, 'Bad Request', 'The token belongs to no tenant, so the request names one.', [{ path: 'tenantId', message: 'is missing' }]);
  }
  if (tenantId === undefined || tenantId === caller.tenantId) return caller.tenantId;
  throw new Problem(403, 'Forbidden', "The token is another tenant's.", [{ path: 'tenantId', message: "is not the token's tenant" }]);
}
