// The errors of the database. Guarantees: `retry` alone tells a caller whether the call may be repeated.
import { types } from 'node:util';

export class OutboxRecordTooLargeError extends Error {
  readonly code = 'outbox_record_too_large';
  readonly retry = 'never';

  constructor(
    readonly topic: string,
    readonly bytes: number,
    readonly limit: number,
  ) {
    super(`a record for ${topic} has ${bytes} bytes; the broker takes ${limit}`);
    this.name = 'OutboxRecordTooLargeError';
  }
}

/**
 * A row stayed locked for longer than the session waits (`lock_timeout`), or the statement took too long: nothing was
 * done. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
export const takesTooLong = (error: unknown): boolean =>
  ['57014', '55P03'].includes(String((error as { code?: unknown }).code));

// Classes 08 (connection), 53 (insufficient resources), 57P (shutdown, crash, cannot connect now).
const UNAVAILABLE_SQLSTATE = /^(08|53|57P)/;
const UNAVAILABLE_SOCKET = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
]);
const UNAVAILABLE_MESSAGE =
  /^(Connection terminated|timeout exceeded when trying to connect|Query read timeout|Client has encountered a connection error)/;

/** Whether the database failed, and not the statement, so that the same call may succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (!(error instanceof Error || types.isNativeError(error))) return false;
  const { code } = error as { code?: unknown };
  if (typeof code === 'string' && (UNAVAILABLE_SQLSTATE.test(code) || UNAVAILABLE_SOCKET.has(code))) return true;
  return UNAVAILABLE_MESSAGE.test(error.message);
}
