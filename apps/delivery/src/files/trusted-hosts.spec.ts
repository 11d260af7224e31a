import { describe, expect, test } from '@jest/globals';
import { hostOf } from './trusted-hosts.ts';

describe('an entry of the trusted hosts', () => {
  test.each([
    ['store', 'store'],
    ['Store.Internal:9000', 'store.internal:9000'],
    ['store:443', 'store:443'],
    ['[::1]:443', '[::1]:443'],
    ['127.1', '127.0.0.1'],
    ['a/b', undefined],
    ['a b', undefined],
    ['u@h', undefined],
    ['', undefined],
    ['h:x', undefined],
  ])('%p is compared as %p', (entry, host) => expect(hostOf(entry)).toBe(host));
});
