// What POST /v1/notifications answers about a batch. Guarantees: one answer per item, in their order, with paths that
// begin at the batch (`notifications[3].title`). The whole is 202 where every item was accepted, 207 where some were.
// Where none was, it is a problem: the status that all items share, else 400.
import { Problem, type FieldProblem } from '@carillon/runtime';
import { z } from 'zod';
import type { IngestResult } from './ingest-notifications.ts';

const fieldProblem = z.object({ path: z.string(), message: z.string() });
export const itemAnswer = z.object({
  status: z.int(),
  notificationId: z.uuid().optional(),
  detail: z.string().optional(),
  errors: z.array(fieldProblem).optional(),
  retryAfterSeconds: z.int().optional(),
});
export const batchAnswer = z.object({ items: z.array(itemAnswer) });
export const batchProblem = z.object({
  ...{ type: z.string(), title: z.string(), status: z.int(), detail: z.string() },
  traceId: z.string().optional(),
  errors: z.array(fieldProblem).optional(),
  items: z.array(itemAnswer),
});
export type BatchAnswer = z.output<typeof batchAnswer>;
type ItemAnswer = z.output<typeof itemAnswer>;

/** The rest is with the items. */
const mostErrors = 100;

export interface WholeAnswer {
  status: number;
  body: BatchAnswer | z.output<typeof batchProblem>;
  headers: Record<string, string>;
}

export function answerOfBatch(results: readonly IngestResult[]): WholeAnswer {
  const items = results.map(itemOf);
  const accepted = items.filter(({ status }) => status === 202).length;
  if (accepted > 0) return { status: accepted === items.length ? 202 : 207, body: { items }, headers: {} };
  const problems = results.flatMap((result) => ('problem' in result ? [result.problem] : []));
  const first = problems[0]!;
  const isShared = problems.every(({ status }) => status === first.status);
  const [status, title] = isShared ? [first.status, first.title] : [400, 'Bad Request'];
  const errors = items.flatMap((item) => item.errors ?? []).slice(0, mostErrors);
  const wait = Math.max(0, ...items.map(({ retryAfterSeconds = 0 }) => retryAfterSeconds));
  return {
    status,
    body: {
      ...{ type: 'about:blank', title, status, detail: wholeDetail(problems) },
      ...(errors.length > 0 ? { errors } : {}),
      items,
    },
    headers: status === 429 && wait > 0 ? { 'retry-after': String(wait) } : {},
  };
}

function wholeDetail(problems: readonly Problem[]): string {
  const details = new Set(problems.map(({ detail }) => detail));
  const [only] = details.size === 1 ? details : [];
  return `none of the ${problems.length} notifications was accepted: ${only ?? '`items` says why'}`;
}

function itemOf(result: IngestResult, place: number): ItemAnswer {
  if (!('problem' in result)) return { status: 202, notificationId: result.notificationId };
  const { status, detail, errors, options } = result.problem;
  const wait = Number(options.headers?.['retry-after']);
  return {
    status,
    ...(detail === undefined ? {} : { detail }),
    ...(errors && errors.length > 0 ? { errors: errors.map((error) => inBatch(error, place)) } : {}),
    ...(wait > 0 ? { retryAfterSeconds: wait } : {}),
  };
}

const inBatch = ({ path, message }: FieldProblem, place: number): FieldProblem => ({
  path: [`notifications[${place}]`, path].filter(Boolean).join('.'),
  message,
});
