// The precondition of a change (RFC 9110, 13.1.1): of two changes that name one version in If-Match, one is refused.
import { Problem } from './problem.ts';

/** @param etag of what is stored. Without If-Match the last change wins. Throws Problem 412. */
export function refuseIfChanged(etag: string, ifMatch: string | undefined): void {
  if (ifMatch === undefined || ifMatch === '*' || ifMatch.split(',').some((one) => one.trim() === etag)) return;
  throw new Problem(412, 'Precondition Failed', `it was changed meanwhile: its ETag is ${etag}`);
}
