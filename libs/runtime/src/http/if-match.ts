// The precondition of a change (RFC 9110, 13.1.1): of two changes that name one version in If-Match, one is refused.
import type { AnswerHead } from './answer-head.ts';
import { Problem } from './problem.ts';

/**
 * Without If-Match the last change wins. Throws Problem 412.
 * @param etag of what is there; undefined where there is nothing
 * @param isStored false: what has this ETag is only shown, and `*` does not stand for it
 */
export function refuseIfChanged(
  etag: string | undefined,
  ifMatch: string | undefined,
  isStored = etag !== undefined,
): void {
  if (ifMatch === undefined) return;
  if (ifMatch.trim() === '*' ? isStored : ifMatch.split(',').some((one) => one.trim() === etag)) return;
  const now = etag === undefined ? 'it does not exist' : `its ETag is ${etag}`;
  throw new Problem(412, 'Precondition Failed', `it was changed meanwhile: ${now}`);
}

/** The ETag of what has a version. */
export const etagOf = ({ version }: { version: number | string }): string => `"${version}"`;

/** The ETag of what is answered, in the answer's head. */
export function withEtag<Shown extends { version: number }>(shown: Shown, response: AnswerHead): Shown {
  response.set({ etag: etagOf(shown) });
  return shown;
}
