// Turns what a call returned or threw into a SlackFailure. Guarantees: every input gets a class; a code that is in no
// table gets the class `unknown`, which is final.
import { adviceByCode, exceptions, kindByCode } from './error-codes.ts';
import { failureKinds, type FailureKind } from './failure-kinds.ts';
import type { SlackFailure } from './slack-failure.ts';
import { classifyTransportError, kindByTransportError, TransportError } from './transport-error.ts';

/** What the HTTP answer holds beside its body. */
export interface Circumstances {
  status?: number | undefined;
  retryAfterMs?: number | undefined;
}

const longestDetail = 500;

/** Whether the error code says that the state which the call asks for exists already. */
export function countsAsDone(method: string, code: string): boolean {
  return exceptionOf(method, code) === 'done';
}

/**
 * @param problem an answer's body, an error code, an error of the Slack SDK, or a network error
 *
 * @example classify('chat.postMessage', answer.body).kind // 'conversation_unknown'
 */
export function classify(method: string, problem: unknown, circumstances: Circumstances = {}): SlackFailure {
  if (typeof problem === 'string') return ofCode(method, problem, {}, circumstances);
  if (problem instanceof TransportError) return ofTransportError(problem);
  if (!isObject(problem)) return ofTransportError(new TransportError('unreadable_answer'));
  switch (problem['code']) {
    case 'slack_webapi_platform_error':
      return classify(method, problem['data'], circumstances);
    case 'slack_webapi_rate_limited_error':
      return ofCode(method, 'ratelimited', {}, { status: 429, retryAfterMs: Number(problem['retryAfter']) * 1000 });
    case 'slack_webapi_http_error':
      return ofAnswer(method, problem['body'], {
        status: Number(problem['statusCode']),
        retryAfterMs: retryAfterMs(isObject(problem['headers']) ? problem['headers']['retry-after'] : undefined),
      });
  }
  if (problem instanceof Error) return ofTransportError(classifyTransportError(problem));
  return ofAnswer(method, problem, circumstances);
}

/** Seconds, as Slack sends them. */
export function retryAfterMs(header: unknown): number | undefined {
  const seconds =
    typeof header === 'string' || typeof header === 'number' ? Number.parseFloat(String(header)) : Number.NaN;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function ofAnswer(method: string, body: unknown, circumstances: Circumstances): SlackFailure {
  const { status = 200 } = circumstances;
  // A 429 was never processed, whatever its body says.
  if (status === 429) return ofCode(method, 'ratelimited', {}, circumstances);
  const code = isObject(body) ? body['error'] : undefined;
  if (isObject(body) && typeof code === 'string' && code !== '' && body['ok'] !== true) {
    // An unknown code with a 5xx status does not say whether the call took effect.
    if (status < 500 || kindOf(method, code) !== 'unknown') return ofCode(method, code, body, circumstances);
  }
  if (status >= 500) return failure(`http_${status}`, 'ambiguous');
  if (status === 408) return failure('http_408', 'ambiguous');
  // Slack's own refusals have a body. A proxy on the way answers without one and does not pass the request on.
  if (status >= 400) return failure(`http_${status}`, 'unreachable', proxyAdvice(status));
  if (status < 200 || status >= 300)
    return failure(
      `http_${status}`,
      'misconfigured',
      `Slack's address answered with HTTP ${status}; check SLACK_URL and any proxy on the way.`,
    );
  return ofTransportError(new TransportError('unreadable_answer'));
}

function ofCode(
  method: string,
  code: string,
  body: Record<string, unknown>,
  circumstances: Circumstances,
): SlackFailure {
  const found = failure(printable(code), kindOf(method, code), adviceByCode.get(code));
  if (
    typeof found.retry === 'object' &&
    circumstances.retryAfterMs !== undefined &&
    Number.isFinite(circumstances.retryAfterMs)
  ) {
    // A pause of zero would make the caller loop without a pause.
    found.retry = { afterMs: Math.max(100, Math.ceil(circumstances.retryAfterMs)) };
  }
  const needed = body['needed'];
  if (found.kind === 'scope_missing' && typeof needed === 'string' && needed !== '') {
    found.needed = printable(needed);
    found.advice = `The scope ${found.needed} is missing; an admin has to connect Slack again with a profile that has it.`;
  }
  const detail = detailOf(body);
  if (detail) found.detail = detail;
  return found;
}

function ofTransportError(error: TransportError): SlackFailure {
  return failure(error.code, kindByTransportError[error.code]);
}

function failure(code: string, kind: FailureKind, advice?: string): SlackFailure {
  const common = failureKinds[kind];
  return { code, kind, ...common, advice: advice ?? common.advice };
}

function kindOf(method: string, code: string): FailureKind {
  const exception = exceptionOf(method, code);
  if (exception && exception !== 'done') return exception;
  return kindByCode.get(code) ?? (code.startsWith('draft_') ? 'defect' : 'unknown');
}

function exceptionOf(method: string, code: string): FailureKind | 'done' | undefined {
  const ofMethod = Object.hasOwn(exceptions, method) ? exceptions[method] : undefined;
  return ofMethod && Object.hasOwn(ofMethod, code) ? ofMethod[code] : undefined;
}

const proxyAdvice = (status: number): string =>
  `HTTP ${status} came from a proxy and not from Slack; it is sent again. Check SLACK_URL and the proxy if it lasts.`;

/** Text of an answer goes into logs and pages: its length is bounded, and what looks like a token is removed. */
function printable(text: string): string {
  return text.slice(0, longestDetail).replace(/xox[a-z][.\w-]*/gi, 'xox…');
}

function detailOf(body: Record<string, unknown>): string | undefined {
  const metadata = body['response_metadata'];
  const messages = isObject(metadata) ? metadata['messages'] : undefined;
  if (!Array.isArray(messages)) return undefined;
  return printable(messages.filter((message) => typeof message === 'string').join(' · ')) || undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
