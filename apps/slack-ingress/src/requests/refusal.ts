// Why a request of Slack's was refused, and the answer to it. Guarantee: each refusal is counted by its reason, and the
// answer contains nothing of the request. Slack sends a request again after every answer other than 2xx, except where
// `x-slack-no-retry` forbids it.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { traceContextOf, traceIdOf } from '@carillon/telemetry';
import { refusedRequests } from '../metrics.ts';

interface Answer {
  status: number;
  title: string;
  detail: string;
  /** Sending it again can't succeed. */
  final?: true;
}

export const refusals = {
  unsigned: { status: 401, title: 'Unauthorized', detail: 'the request has no signature of Slack' },
  stale: { status: 401, title: 'Unauthorized', detail: 'the timestamp is more than five minutes from the present' },
  bad_signature: { status: 401, title: 'Unauthorized', detail: 'the signature does not belong to the body' },
  too_large: {
    status: 413,
    title: 'Content Too Large',
    detail: 'the body is larger than 1 MB',
    final: true,
  },
  body_timeout: { status: 408, title: 'Request Timeout', detail: 'the body did not arrive in time' },
  unreadable: { status: 400, title: 'Bad Request', detail: 'the body is not what Slack sends', final: true },
  not_publishable: {
    status: 400,
    title: 'Bad Request',
    detail: 'Kafka takes no record of this size or shape',
    final: true,
  },
  in_work: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'another process works on this event',
  },
  overloaded: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'too many requests are in work',
  },
  kafka_unavailable: {
    status: 503,
    title: 'Service Unavailable',
    detail: 'Kafka did not acknowledge in time',
  },
} as const satisfies Record<string, Answer>;

export type RefusalReason = keyof typeof refusals;

/** Thrown by whoever finds that a request cannot be accepted. */
export class Refused extends Error {
  constructor(
    readonly reason: RefusalReason,
    options?: ErrorOptions,
  ) {
    super(refusals[reason].detail, options);
  }
}

/** For so long the rest of a body is thrown away, because a sender that is cut off never reads the answer. */
const lingerMs = 1_000;

/** Where the body was not read to its end, nothing of it is kept, and the connection ends if more comes later. */
export function refuse(request: IncomingMessage, response: ServerResponse, reason: RefusalReason): void {
  refusedRequests.inc({ reason });
  if (!request.complete) throwAway(request);
  if (response.headersSent || response.destroyed) return;
  const { status, title, detail, final }: Answer = refusals[reason];
  const traceId = traceIdOf(traceContextOf().traceparent);
  const body = JSON.stringify({ type: 'about:blank', title, status, detail, traceId });
  response
    .writeHead(status, {
      'content-type': 'application/problem+json',
      'content-length': Buffer.byteLength(body),
      ...(status === 503 && { 'retry-after': '1' }),
      ...(final && { 'x-slack-no-retry': '1' }),
    })
    .end(body);
}

function throwAway(request: IncomingMessage): void {
  request.resume();
  const cut = setTimeout(() => request.destroy(), lingerMs).unref();
  const end = (): void => clearTimeout(cut);
  request.once('end', end).once('close', end);
}
