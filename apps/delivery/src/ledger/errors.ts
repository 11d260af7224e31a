// What an error of a statement means for the rows that it was about. Codes:
// https://www.postgresql.org/docs/current/errcodes-appendix.html
import { OutboxRecordTooLargeError } from '@carillon/persistence';

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? '';

/** The statement was cancelled after its timeout, or a row stayed locked: nothing was done; fewer rows may succeed. */
export const takesTooLong = (error: unknown): boolean => ['57014', '55P03'].includes(codeOf(error));

/** The database will never accept these rows. */
export const isRefused = (error: unknown): boolean =>
  error instanceof OutboxRecordTooLargeError || /^(21|22|23|42)/.test(codeOf(error));
