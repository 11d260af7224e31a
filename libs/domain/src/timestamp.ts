// An instant in a payload. Guarantee: an accepted instant can be stored by PostgreSQL and parsed by JavaScript.
import { z } from 'zod';

/** RFC 3339 with an offset or Z, between the years 1970 and 9999. */
export const timestamp = z.iso
  .datetime({
    offset: true,
    abort: true,
    error: ({ input }) => (typeof input === 'string' ? adviceFor(input) : undefined),
  })
  .max(40)
  .refine(isOrdinaryInstant, 'must lie in the years 1970 to 9999, with an offset of at most 15:59');

const example = '2026-11-26T18:00:00Z';

const adviceFor = (text: string): string =>
  /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?$/.test(text)
    ? `has no offset from UTC: add an offset, e.g. ${example}`
    : `must be an RFC 3339 instant, e.g. ${example}`;

function isOrdinaryInstant(text: string): boolean {
  const instant = Date.parse(text);
  if (!(instant >= 0 && instant < Date.UTC(10_000, 0))) return false;
  return text.endsWith('Z') || Number(text.slice(-5, -3)) <= 15;
}
