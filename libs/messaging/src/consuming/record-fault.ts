// Decides whether an error is caused by the records that were handled, so that handling the same records again cannot
// succeed. Every other error is retried: an outage must never send valid records to the dead letters.

/** The fields by which errors of ours and of the database describe themselves. */
interface Described {
  code?: unknown;
  retry?: unknown;
}

/** SQLSTATE class 22: data exception, such as text that holds NUL. 54: a value larger than an index or a row takes. */
const dataFault = /^(?:22|54)[0-9A-Z]{3}$/;

/** Codes of errors that are final, but not caused by a record. */
const notTheRecords = new Set<unknown>([
  'topics_missing',
  'duplicate_consumer',
  'publisher_closed',
  'publish_aborted',
  'unknown_topic',
]);

/** The `dlq_reason` of the record at fault; undefined where the error is not about records. */
export function recordFault(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, retry } = error as Described;
  if (retry === 'never') return notTheRecords.has(code) ? undefined : typeof code === 'string' ? code : 'not_handled';
  // The stack overflowed on a deeply nested value, or a string grew beyond what the engine holds.
  if (error instanceof RangeError) return 'not_handled';
  return typeof code === 'string' && dataFault.test(code) ? 'not_storable' : undefined;
}
