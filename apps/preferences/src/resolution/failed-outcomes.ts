// Makes the failed outcome that is published for a refused request, if tenant, source and id are readable. Guarantee:
// the outcome of the same refusal has the same event id each time.
import { eventId, eventSource, tenantId as tenantIdSchema, type NotificationOutcome } from '@carillon/domain';
import { notificationIdOf, uuidv5 } from '@carillon/domain/ids';
import type { Outgoing } from '@carillon/messaging';
import type { Rejection } from '@carillon/messaging';

type Refused = Pick<Rejection, 'source' | 'id' | 'code' | 'data'> &
  Partial<Record<'traceparent' | 'tracestate', string | undefined>>;

export function failedOutcomes(rejections: readonly Refused[], at: Date): Outgoing<NotificationOutcome>[] {
  return rejections.flatMap((rejection) => {
    const { source, id, code, traceparent, tracestate } = rejection;
    const tenantId = tenantOf(rejection.data);
    if (!isOf(eventSource, source) || !isOf(eventId, id) || tenantId === undefined) return [];
    const notificationId = notificationIdOf(tenantId, source, id);
    return [
      {
        id: uuidv5(notificationId, 'refused', code),
        source: '/carillon/preferences',
        ...(traceparent === undefined ? {} : { traceparent }),
        ...(tracestate === undefined ? {} : { tracestate }),
        data: {
          tenantId,
          notification: { source, id, notificationId },
          outcome: 'failed' as const,
          reason: code,
          attempts: 0,
          possibleDuplicate: false,
          possiblyDelivered: false,
          at: at.toISOString(),
        },
      },
    ];
  });
}

/** What is no id makes no notification; a long one would not fit into a record either. */
const isOf = (schema: typeof eventId, text: string | undefined): text is string => schema.safeParse(text).success;

function tenantOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('tenantId' in data)) return undefined;
  const tenantId = tenantIdSchema.safeParse(data.tenantId);
  return tenantId.success ? tenantId.data : undefined;
}
