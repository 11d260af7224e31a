// The fields of an error that a log line contains. Libraries attach connections, requests and headers to their errors.
// Guarantees: only named fields with plain values are printed, for the error and each of its causes.
import { types } from 'node:util';

const FIELDS = [
  'code',
  'retry',
  'status',
  'statusCode',
  'errno',
  'syscall',
  'address',
  'port',
  'constraint',
  'table',
  'column',
  'topic',
] as const;
const DEEPEST = 4;

export function errorFields(error: unknown, depth = 0): unknown {
  if (!isError(error)) return typeof error === 'object' && error !== null ? { message: 'not an error object' } : error;
  const fields: Record<string, unknown> = { type: error.name, message: error.message, stack: error.stack };
  for (const name of FIELDS) {
    const value = (error as unknown as Record<string, unknown>)[name];
    if (value !== undefined && (typeof value !== 'object' || name === 'retry')) fields[name] = value;
  }
  if (depth >= DEEPEST) return fields;
  if (error.cause !== undefined) fields['cause'] = errorFields(error.cause, depth + 1);
  if ('errors' in error && Array.isArray(error.errors))
    fields['errors'] = error.errors
      .filter(isError)
      .slice(0, 5)
      .map((one) => errorFields(one, depth + 1));
  return fields;
}

/** Also an error of another realm (a worker's, a test's). */
function isError(error: unknown): error is Error {
  return error instanceof Error || types.isNativeError(error);
}
