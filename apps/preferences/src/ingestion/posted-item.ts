// One item that was posted: a notification, or a CloudEvent whose `data` is one. Guarantees: what is wrong is named by
// its path in the item. An item with `specversion` is a CloudEvent.
import { eventId, eventSource, fieldErrors, notificationRequest, notificationRequested } from '@carillon/domain';
import { Problem, unstorableField, type FieldProblem } from '@carillon/runtime';
import { z } from 'zod';
import { postedNotification, type PostedNotification } from './posted-notification.ts';

/** Loose: other attributes and extensions of CloudEvents are allowed, and not read. */
export const cloudEvent = z.looseObject({
  specversion: z.literal('1.0', '1.0 is read'),
  id: eventId,
  source: eventSource,
  type: z.literal(notificationRequested.name, `must be ${notificationRequested.name}`),
  datacontenttype: z
    .string()
    .regex(/^\s*application\/json\s*(;|$)/i, 'must be application/json')
    .optional(),
  data_base64: z.undefined('is not read; send the notification as JSON in `data`').optional(),
  data: notificationRequest.partial({ tenantId: true }),
  traceparent: z.string().max(100).optional(),
  tracestate: z.string().max(512).optional(),
});

export interface PostedItem {
  posted: PostedNotification;
  traceparent?: string;
  tracestate?: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isCloudEvent = (item: unknown): item is Record<string, unknown> => isObject(item) && 'specversion' in item;

/** What an item names as its tenant or its type, before anything about it is checked. */
export function namedBy(item: unknown, field: 'tenantId' | 'type'): string | undefined {
  const request = isCloudEvent(item) ? item['data'] : item;
  const named = isObject(request) ? request[field] : undefined;
  return typeof named === 'string' ? named : undefined;
}

/** @throws Problem 400 with the fields that are wrong */
export function readPostedItem(item: unknown): PostedItem {
  const unstorable = unstorableField(item);
  if (unstorable) throw invalid([{ ...unstorable, path: unstorable.path.replace(/\.(\d+)(?=\.|$)/g, '[$1]') }]);
  if (!isCloudEvent(item)) return { posted: parsed(postedNotification, item) };
  const { id, source, data, traceparent, tracestate } = parsed(cloudEvent, item);
  return {
    posted: { ...data, id, source },
    ...(traceparent === undefined ? {} : { traceparent }),
    ...(tracestate === undefined ? {} : { tracestate }),
  };
}

function parsed<S extends z.ZodType>(schema: S, item: unknown): z.output<S> {
  const result = schema.safeParse(item);
  if (result.success) return result.data;
  throw invalid(fieldErrors(result.error.issues, item));
}

function invalid(errors: FieldProblem[]): Problem {
  const named = [...new Set(errors.map(({ path }) => path).filter(Boolean))].slice(0, 10);
  const detail = named.length > 0 ? `not valid: ${named.join(', ')}` : (errors[0]?.message ?? 'not valid');
  return new Problem(400, 'Bad Request', detail, errors);
}
