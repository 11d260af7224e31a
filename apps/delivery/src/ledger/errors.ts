// What an error of a statement means for the rows that it was about. Codes:
// https://www.postgresql.org/docs/current/errcodes-appendix.html
import { OutboxRecordTooLargeError } from '@carillon/persistence';

const codeOf = (error: unknown): string => (error as { code?: string }).code ?? '';

/** The database will never accept these rows. */
export const isRefused = (error: unknown): boolean =>
  error instanceof OutboxRecordTooLargeError || /^(21|22|23|42)/.test(codeOf(error));
