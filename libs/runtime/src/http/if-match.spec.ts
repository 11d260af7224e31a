// What If-Match refuses: a table of what is there and what the request names.
import { expect, test } from '@jest/globals';
import { refuseIfChanged } from './if-match.ts';

test.each<[ifMatch: string | undefined, etag: string | undefined, isStored: boolean, accepted: boolean]>([
  [undefined, undefined, false, true],
  [undefined, '"1"', true, true],
  ['"1"', '"1"', true, true],
  ['"0", "1"', '"1"', true, true],
  ['"0"', '"1"', true, false],
  ['W/"1"', '"1"', true, false],
  ['"1"', undefined, false, false],
  // Shown before it is stored, with an ETag that a first change may name.
  ['"0"', '"0"', false, true],
  ['*', '"1"', true, true],
  [' * ', '"1"', true, true],
  ['*', '"0"', false, false],
  ['*', undefined, false, false],
])(
  'If-Match %p where the ETag is %p and something is stored (%p) is accepted: %p',
  (ifMatch, etag, isStored, accepted) => {
    const refused = expect.objectContaining({ status: 412 });
    const check = (): void => refuseIfChanged(etag, ifMatch, isStored);
    if (accepted) check();
    else expect(check).toThrow(refused);
  },
);
