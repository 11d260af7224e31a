// A resolved record that is refused is told to its producer too, where the record still says whose notification it was.
// Guarantee: the same refusal has the same event id, however often it is found.
import { eventId, eventSource, notificationOutcome, tenantId } from '@carillon/domain';
import { notificationIdOf, uuidv5 } from '@carillon/domain/ids';
import { encode, type RawRecord, type Rejection } from '@carillon/messaging';
import { z } from 'zod';

const origin = z.object({ tenantId, notification: z.object({ source: eventSource, id: eventId }) });

export function refusedOutcomes(rejections: readonly Rejection[], at: Date): RawRecord[] {
  return rejections.flatMap(({ data: payload, code, traceparent }) => {
    const parsed = origin.safeParse(payload);
    if (!parsed.success) return [];
    const {
      tenantId,
      notification: { source, id },
    } = parsed.data;
    const notificationId = notificationIdOf(tenantId, source, id);
    return [
      encode(notificationOutcome, {
        id: uuidv5(notificationId, 'refused', code),
        source: '/carillon/delivery',
        ...(traceparent !== undefined && { traceparent }),
        data: {
          tenantId,
          notification: { source, id, notificationId },
          outcome: 'failed',
          reason: code,
          attempts: 0,
          possibleDuplicate: false,
          possiblyDelivered: false,
          at: at.toISOString(),
        },
      }),
    ];
  });
}
