// The forms that POST /v1/notifications takes: one notification; a batch as a list, or as an object with
// `notifications`; a CloudEvent, or CloudEvents in the batch format. Guarantees: a form that is none of these is
// refused with the field that is wrong; a batch holds 1 to 1,000 items. The items are read in posted-item.ts.
import { notificationRequested } from '@carillon/domain';
import { Problem } from '@carillon/runtime';
import { z } from 'zod';
import { cloudEvent } from './posted-item.ts';
import { postedNotification } from './posted-notification.ts';

export const largestBatch = 1_000;
export const cloudEventBatchType = 'application/cloudevents-batch+json';
export const cloudEventType = 'application/cloudevents+json';

export interface PostedBody {
  /** False: one notification, which is answered alone. */
  batch: boolean;
  items: readonly unknown[];
}

export function readPostedBody(body: unknown, contentType = ''): PostedBody {
  if (contentType.toLowerCase().startsWith(cloudEventBatchType) && !Array.isArray(body))
    throw wrong(400, '', `must be a list of CloudEvents, as ${cloudEventBatchType} says`);
  if (Array.isArray(body)) return batchOf(body);
  if (typeof body !== 'object' || body === null)
    throw wrong(400, '', body === undefined ? 'the body is missing' : 'must be a notification or a list of them');
  if (!('notifications' in body)) return { batch: false, items: [body] };
  const { notifications, ...others } = body as Record<string, unknown>;
  const [other] = Object.keys(others);
  if (other !== undefined) throw wrong(400, other, 'unknown field beside `notifications`');
  if (!Array.isArray(notifications)) throw wrong(400, 'notifications', 'must be a list');
  return batchOf(notifications);
}

function batchOf(items: readonly unknown[]): PostedBody {
  if (items.length === 0) throw wrong(400, 'notifications', 'must hold at least one notification');
  if (items.length > largestBatch)
    throw wrong(413, 'notifications', `holds ${items.length} notifications; at most ${largestBatch} are taken at once`);
  return { batch: true, items };
}

const wrong = (status: 400 | 413, path: string, message: string): Problem =>
  new Problem(status, status === 400 ? 'Bad Request' : 'Content Too Large', [path || 'the body', message].join(' '), [
    { path, message },
  ]);

const jsonSchemaOf = (schema: z.ZodType): object => {
  const { $schema: _, ...json } = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    unrepresentable: 'any',
  });
  return json;
};

const example = {
  source: '/acme/reports',
  id: 'r-1',
  type: 'report.ready',
  to: [{ member: 'ada' }],
  title: 'Report ready',
};
const { source, id, ...data } = example;
const eventExample = { specversion: '1.0', id, source, type: notificationRequested.name, data };

/** For OpenAPI only: each item is checked for itself, so that one refuses no others. */
export const postedBody = z.unknown().meta({
  description: `One notification, or a batch of 1 to ${largestBatch}. A batch is a list, or an object with \`notifications\`. An item may be a CloudEvent of the type ${notificationRequested.name}.`,
  oneOf: [
    { ...jsonSchemaOf(postedNotification), title: 'A notification', example },
    { ...jsonSchemaOf(cloudEvent), title: 'A CloudEvent', example: eventExample },
    {
      title: 'A batch as an object',
      type: 'object',
      properties: { notifications: { type: 'array', minItems: 1, maxItems: largestBatch, items: { type: 'object' } } },
      required: ['notifications'],
      additionalProperties: false,
      example: { notifications: [example, { ...example, id: 'r-2', to: [{ member: 'bob' }] }] },
    },
    {
      title: 'A batch as a list',
      type: 'array',
      minItems: 1,
      maxItems: largestBatch,
      items: { type: 'object' },
      example: [example, eventExample],
    },
  ],
});
