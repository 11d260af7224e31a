// A refused request is told to its producer too, wherever the refused record still says whose it was.
// Promise: the same refusal has the same event id, however often it is found.
import { externalId, type NotificationOutcome } from '@carillon/domain';
import { notificationIdOf, uuidv5 } from '@carillon/domain/ids';
import type { Outgoing } from '@carillon/messaging';
import type { Rejection } from '@carillon/messaging';

export function failedOutcomes(rejections: readonly Rejection[], at: Date): Outgoing<NotificationOutcome>[] {
  return rejections.flatMap((rejection) => {
    const { source, id, code, traceparent, tracestate } = rejection;
    const tenantId = tenantOf(rejection.data);
    if (!isId(source, 500) || !isId(id, 200) || tenantId === undefined) return [];
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

/** What is longer than an id can be is none, and would not fit into a record either. */
const isId = (text: string | undefined, longest: number): text is string => !!text && text.length <= longest;

function tenantOf(data: unknown): string | undefined {
  if (typeof data !== 'object' || data === null || !('tenantId' in data)) return undefined;
  const tenantId = externalId.safeParse(data.tenantId);
  return tenantId.success ? tenantId.data : undefined;
}
