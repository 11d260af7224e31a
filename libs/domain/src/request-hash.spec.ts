// One id, one content: what counts as the same request.
import { expect, test } from '@jest/globals';
import { requestHashOf } from './ids.ts';

test('the order of names does not count, the order of lists and every value does', () => {
  const request = { tenantId: 'acme', to: [{ member: 'ada' }, { member: 'grace' }], data: { a: 1, b: { c: [1, 2] } } };
  expect(requestHashOf({ data: { b: { c: [1, 2] }, a: 1 }, to: [{ member: 'ada' }, { member: 'grace' }], tenantId: 'acme' })).toBe(requestHashOf(request));
  expect(requestHashOf({ ...request, to: [{ member: 'grace' }, { member: 'ada' }] })).not.toBe(requestHashOf(request));
  expect(requestHashOf({ ...request, data: { a: '1', b: { c: [1, 2] } } })).not.toBe(requestHashOf(request));
  expect(requestHashOf(request)).toMatch(/^[\w-]{22}$/);
});

test('a name that objects have by birth is a name like others', () => {
  expect(requestHashOf(JSON.parse('{"__proto__": {"a": 1}}'))).not.toBe(requestHashOf({}));
});
