// A time zone by its IANA name. Guarantees: what is accepted here can be used with `Intl` and Temporal by every
// service.
import { z } from 'zod';

/** Creating a formatter costs tens of microseconds, so accepted names are remembered; there are about 600. */
const accepted = new Set<string>();
const mostRemembered = 2_000;

function isTimeZone(name: string): boolean {
  if (accepted.has(name)) return true;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
  } catch {
    return false;
  }
  if (accepted.size < mostRemembered) accepted.add(name);
  return true;
}

export const timeZone = z.string().max(64).refine(isTimeZone, 'must be an IANA time zone such as Europe/Paris');
