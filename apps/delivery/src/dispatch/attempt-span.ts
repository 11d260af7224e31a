// The span of an attempt. Its parent is the trace context of the notification, so one trace leads from the producer to
// Slack's answer.
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { attributes, contextFrom, tracer } from '@carillon/telemetry';
import type { SendResult } from '../model/send-result.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';

export async function inAttemptSpan(
  delivery: ClaimedDelivery,
  attempt: () => Promise<SendResult>,
): Promise<SendResult> {
  if (delivery.traceparent === null) return attempt();
  const parent = contextFrom({ traceparent: delivery.traceparent });
  return tracer().startActiveSpan(
    `deliver ${delivery.destination.kind}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        [attributes.tenantId]: delivery.tenantId,
        [attributes.notificationId]: delivery.notificationId,
        [attributes.deliveryId]: delivery.deliveryId,
        [attributes.attempt]: delivery.attempt,
      },
    },
    parent,
    async (span) => {
      try {
        const end = await attempt();
        span.setAttribute(attributes.outcome, end.kind);
        if (end.kind !== 'delivered')
          span.setStatus({ code: SpanStatusCode.ERROR, message: 'error' in end ? end.error : end.why });
        return end;
      } finally {
        span.end();
      }
    },
  );
}
