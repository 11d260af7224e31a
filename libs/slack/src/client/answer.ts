// The result of a call: Slack's body, or a failure that says what its caller can do. A call never throws.
import { classify, countsAsDone, retryAfterMs } from '../failures/classify.ts';
import type { SlackFailure } from '../failures/slack-failure.ts';
import type { Exchange } from './exchange.ts';

export interface SlackBody {
  ok: boolean;
  error?: string;
  [field: string]: unknown;
}

interface Circumstances {
  /** Slack's id of the request (`x-slack-req-id`), for its support. */
  requestId?: string;
  latencyMs: number;
  /** Slack's time when it answered, in ms since 1970 (the header `Date`, which has whole seconds). */
  serverDate?: number;
}

export type SlackAnswer<Body = SlackBody> =
  | (Circumstances & { ok: true; body: Body; status: number })
  | (Circumstances & { ok: false; failure: SlackFailure; status?: number });

export function answerOf<Body>(method: string, exchange: Exchange, latencyMs: number): SlackAnswer<Body> {
  const { status, error } = exchange;
  const requestId = exchange.headers['x-slack-req-id'];
  const serverDate = Date.parse(String(exchange.headers['date']));
  const common: Circumstances = {
    latencyMs,
    ...(typeof requestId === 'string' && { requestId }),
    ...(!Number.isNaN(serverDate) && { serverDate }),
  };
  // Headers without a complete body are no answer. The failure still has their status, for whoever investigates it.
  if (error || status === undefined) {
    const failure = classify(method, error);
    return status === undefined ? { ok: false, failure, ...common } : { ok: false, failure, status, ...common };
  }
  const body = parsed(exchange.text);
  if (status === 200 && body && isDone(method, body)) return { ok: true, body: body as Body, status, ...common };
  const failure = classify(method, body ?? {}, { status, retryAfterMs: retryAfterMs(exchange.headers['retry-after']) });
  return { ok: false, failure, status, ...common };
}

function isDone(method: string, body: SlackBody): boolean {
  return body.ok === true || (body.ok === false && typeof body.error === 'string' && countsAsDone(method, body.error));
}

function parsed(text: string): SlackBody | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as SlackBody) : undefined;
  } catch {
    return undefined;
  }
}
