// What can go wrong between us and Slack, apart from what Slack answers: our own codes and their classes.
// The one question that matters: had the request been written when it happened?
import type { VerdictName } from './verdicts.ts';

export const troubles = {
  not_written: 'given_up',
  connect_refused: 'unreachable',
  connect_timeout: 'unreachable',
  connect_failed: 'unreachable',
  dns_failed: 'unreachable',
  tls_failed: 'unreachable',
  timeout: 'ambiguous',
  aborted: 'ambiguous',
  connection_lost: 'ambiguous',
  unreadable_answer: 'ambiguous',
  invalid_request: 'defect',
} as const satisfies Record<string, VerdictName>;

export type TroubleCode = keyof typeof troubles;

/** A call that ended without an answer of Slack's. Its message never holds more than the code. */
export class Trouble extends Error {
  override readonly name = 'Trouble';
  readonly code: TroubleCode;

  constructor(code: TroubleCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

/** Names a network error. `written`: whether bytes of the request had left; unknown for errors that others met. */
export function troubleOf(error: unknown, written?: boolean): Trouble {
  if (error instanceof Trouble) return error;
  const code = systemCode(error);
  if (code === 'UND_ERR_INVALID_ARG' && written !== true) return new Trouble('invalid_request', error);
  if (written === true) return new Trouble('connection_lost', error);
  const before = beforeWriting(code, error);
  if (before) return new Trouble(before, error);
  return new Trouble(written === false ? 'connect_failed' : 'connection_lost', error);
}

function beforeWriting(code: string | undefined, error: unknown): TroubleCode | undefined {
  if (code === undefined) return undefined;
  if (code === 'ECONNREFUSED' || code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return 'connect_refused';
  if (code === 'ENOTFOUND' || code.startsWith('EAI_')) return 'dns_failed';
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || (code === 'ETIMEDOUT' && field(error, 'syscall') === 'connect'))
    return 'connect_timeout';
  // OpenSSL's and Node's names of what ends a handshake; none of them can come after a request.
  if (/^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|EPROTO$|HOSTNAME_MISMATCH)/.test(code))
    return 'tls_failed';
  return undefined;
}

/** Errors come wrapped (the SDK's around fetch's around the socket's): the innermost code tells most. */
function systemCode(error: unknown): string | undefined {
  let found: string | undefined;
  for (let depth = 0, at = error; depth < 5 && typeof at === 'object' && at !== null; depth += 1) {
    const code = field(at, 'code');
    if (typeof code === 'string') found = code;
    at = field(at, 'original') ?? field(at, 'cause');
  }
  return found;
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
