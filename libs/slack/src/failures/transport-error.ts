// Errors between us and Slack, such as timeouts and broken connections: our own codes and their classes.
// Guarantees: a code says whether the request may have been written when the error happened.
import type { FailureKind } from './failure-kinds.ts';

export const kindByTransportError = {
  not_written: 'not_written',
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
} as const satisfies Record<string, FailureKind>;

export type TransportErrorCode = keyof typeof kindByTransportError;

/** A call that ended without an answer from Slack. Its message never holds more than the code. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;

  constructor(code: TransportErrorCode, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

/** @param written whether bytes of the request had left; undefined for an error that was not raised by an exchange */
export function classifyTransportError(error: unknown, written?: boolean): TransportError {
  if (error instanceof TransportError) return error;
  const code = systemCode(error);
  if (code === 'UND_ERR_INVALID_ARG' && written !== true) return new TransportError('invalid_request', error);
  if (written === true) return new TransportError('connection_lost', error);
  const before = beforeWriting(code, error);
  if (before) return new TransportError(before, error);
  return new TransportError(written === false ? 'connect_failed' : 'connection_lost', error);
}

function beforeWriting(code: string | undefined, error: unknown): TransportErrorCode | undefined {
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

/** Errors are nested (the SDK's, fetch's, the socket's); the innermost code is the most specific. */
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
