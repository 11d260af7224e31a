// A notification as it is posted: the request of the topic, with the event's `source` and `id` beside it.
// Promises: the tenant comes from the token; only a token that belongs to no tenant (a product's service token) names
// one; what Kafka would refuse is refused here with the field at fault.
import { externalId, notificationRequest, type NotificationRequest, type NotificationType } from '@carillon/domain';
import { Problem, type Identity } from '@carillon/runtime';
import { z } from 'zod';
import type { Catalogue } from '../catalogue/catalogue.ts';

export const postedNotification = notificationRequest.extend({
  tenantId: externalId.optional(),
  source: z.string().min(1).max(500),
  id: z.string().min(1).max(200),
});
export type PostedNotification = z.output<typeof postedNotification>;

export interface Admitted {
  source: string;
  id: string;
  request: NotificationRequest;
  type: NotificationType;
}

export function admit(posted: PostedNotification, caller: Identity, catalogue: Catalogue): Admitted {
  const { source, id, ...rest } = posted;
  const tenantId = tenantFor(posted, caller);
  const admission = catalogue.admit(tenantId, source, rest.type);
  if ('type' in admission) return { source, id, request: { ...rest, tenantId }, type: admission.type };
  const { code, field, detail } = admission.refusal;
  const status = code === 'unknown_type' ? 400 : code === 'unknown_tenant' && caller.tenantId === undefined ? 404 : 403;
  throw new Problem(status, status === 400 ? 'Bad Request' : status === 404 ? 'Not Found' : 'Forbidden', detail, [{ path: field, message: detail }]);
}

function tenantFor({ tenantId }: PostedNotification, caller: Identity): string {
  if (caller.tenantId === undefined) {
    if (tenantId !== undefined) return tenantId;
    throw new Problem(400, 'Bad Request', 'The token belongs to no tenant, so the request names one.', [{ path: 'tenantId', message: 'is missing' }]);
  }
  if (tenantId === undefined || tenantId === caller.tenantId) return caller.tenantId;
  throw new Problem(403, 'Forbidden', "The token is another tenant's.", [{ path: 'tenantId', message: "is not the token's tenant" }]);
}
