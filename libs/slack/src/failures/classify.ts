// From what came back, in any form, to a SlackFailure. Total: every input gets a verdict, an unknown code the final
// one.
import type { SlackFailure } from './failure.ts';
import { adviceByCode, exceptions, verdictByCode } from './errors.ts';
import { Trouble, troubleOf, troubles } from './trouble.ts';
import { verdicts, type VerdictName } from './verdicts.ts';

/** What the HTTP answer said beside its body. */
export interface Circumstances {
  status?: number | undefined;
  retryAfterMs?: number | undefined;
}

const longestDetail = 500;

/** True where Slack's "error" only says that what was asked for is the case already. */
export function countsAsDone(method: string, code: string): boolean {
  return exceptionOf(method, code) === 'done';
}

/**
 * @param problem an answer's body, an error code, an error of the Slack SDK, or a network error
 *
 * @example classify('chat.postMessage', { ok: false, error: 'channel_not_found' }).scope // 'destination'
 */
export function classify(method: string, problem: unknown, circumstances: Circumstances = {}): SlackFailure {
  if (typeof problem === 'string') return ofCode(method, problem, {}, circumstances);
  if (problem instanceof Trouble) return ofTrouble(problem);
  if (!isObject(problem)) return ofTrouble(new Trouble('unreadable_answer'));
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
  if (problem instanceof Error) return ofTrouble(troubleOf(problem));
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
    // An unknown word under a 5xx proves nothing about what had happened before it.
    if (status < 500 || verdictOf(method, code) !== 'unknown') return ofCode(method, code, body, circumstances);
  }
  if (status >= 500) return failure(`http_${status}`, 'ambiguous');
  if (status === 408) return failure('http_408', 'ambiguous');
  if (status < 200 || status >= 300)
    return failure(
      `http_${status}`,
      'setup',
      `Slack's address answered with HTTP ${status}; check SLACK_URL and any proxy on the way.`,
    );
  return ofTrouble(new Trouble('unreadable_answer'));
}

function ofCode(
  method: string,
  code: string,
  body: Record<string, unknown>,
  circumstances: Circumstances,
): SlackFailure {
  const name = verdictOf(method, code);
  const found = failure(printable(code), name, adviceByCode.get(code));
  if (name === 'unknown') found.unknown = true;
  if (
    typeof found.retry === 'object' &&
    circumstances.retryAfterMs !== undefined &&
    Number.isFinite(circumstances.retryAfterMs)
  ) {
    // Zero would make a loop of it.
    found.retry = { afterMs: Math.max(100, Math.ceil(circumstances.retryAfterMs)) };
  }
  const needed = body['needed'];
  if (code === 'missing_scope' && typeof needed === 'string' && needed !== '') {
    found.needed = printable(needed);
    found.advice = `The scope ${found.needed} is missing; an admin has to connect Slack again with a profile that has it.`;
  }
  const detail = detailOf(body);
  if (detail) found.detail = detail;
  return found;
}

function ofTrouble(trouble: Trouble): SlackFailure {
  return failure(trouble.code, troubles[trouble.code]);
}

function failure(code: string, name: VerdictName, advice?: string): SlackFailure {
  const verdict = verdicts[name];
  return { code, sent: verdict.sent, retry: verdict.retry, scope: verdict.scope, advice: advice ?? verdict.advice };
}

function verdictOf(method: string, code: string): VerdictName {
  const exception = exceptionOf(method, code);
  if (exception && exception !== 'done') return exception;
  return verdictByCode.get(code) ?? (code.startsWith('draft_') ? 'defect' : 'unknown');
}

function exceptionOf(method: string, code: string): VerdictName | 'done' | undefined {
  const ofMethod = Object.hasOwn(exceptions, method) ? exceptions[method] : undefined;
  return ofMethod && Object.hasOwn(ofMethod, code) ? ofMethod[code] : undefined;
}

/** What is copied out of an answer goes into logs and pages: bounded, and without anything that looks like a token. */
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
