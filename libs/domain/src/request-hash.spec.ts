// One id, one content: what counts as the same request.
import { expect, test } from '@jest/globals';
import { requestHashOf } from './ids.ts';

test('the order of names does not count, the order of lists and every value does', () => {
  const request = { tenantId: 'acme', to: [{ member: 'ada' }, { member: 'grace' }], data: { a: 1, b: { c: [1, 2] } } };
  expect(
    requestHashOf({ data: { b: { c: [1, 2] }, a: 1 }, to: [{ member: 'ada' }, { member: 'grace' }], tenantId: 'acme' }),
  ).toBe(requestHashOf(request));
  expect(requestHashOf({ ...request, to: [{ member: 'grace' }, { member: 'ada' }] })).not.toBe(requestHashOf(request));
  expect(requestHashOf({ ...request, data: { a: '1', b: { c: [1, 2] } } })).not.toBe(requestHashOf(request));
  expect(requestHashOf(request)).toMatch(/^[\w-]{22}$/);
});

test('a name that objects have by birth is a name like others', () => {
  expect(requestHashOf(JSON.parse('{"__proto__": {"a": 1}}'))).not.toBe(requestHashOf({}));
});

test.each([
  [[2], { length: 12 }],
  [[''], Array.from({ length: 12 }, () => '')],
  [{ a: 'b', c: 'd' }, { a: 'b1:c1"d' }],
  [{ a: '1' }, { a: 1 }],
  [{ a: null }, {}],
  [[[], []], [[[]]]],
  [['a', 'b'], ['a1"b']],
])('values that are written alike are told apart: %j and %j', (one, other) => {
  expect(requestHashOf(one)).not.toBe(requestHashOf(other));
});

test('what is undefined counts as absent, as it does in JSON', () => {
  expect(requestHashOf({ a: 1, b: undefined })).toBe(requestHashOf({ a: 1 }));
});

test('an object of many names has one digest in whichever order they come', () => {
  const names = Array.from({ length: 60 }, (_, i) => `name${(i * 37) % 60}`);
  const of = (list: string[]) => Object.fromEntries(list.map((name) => [name, name]));
  expect(requestHashOf(of(names))).toBe(requestHashOf(of([...names].reverse())));
});
