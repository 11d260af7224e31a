import { expect, test } from '@jest/globals';
import { fieldErrorLine, fieldErrors } from './field-errors.ts';
import { notificationRequest } from './request.ts';

function said(data: unknown): string {
  const result = notificationRequest.safeParse(data);
  return result.success ? '' : fieldErrorLine(fieldErrors(result.error.issues, data));
}

const request = { tenantId: 'acme', type: 't', title: 'x' };

test('a misspelt field is named by itself, where it stands', () => {
  expect(said({ ...request, titel: 'x' })).toBe('titel: unknown field');
  expect(said({ ...request, to: [{ membr: 'a' }] })).toMatch(
    /^to\[0\]\.membr: unknown field|to\[0\]\.membr: unknown field$/,
  );
});

test('a missing field is missing, a wrong one wrong, the whole has no name', () => {
  expect(said({ tenantId: 'acme', title: 't' })).toBe('type: is missing');
  expect(said({ ...request, title: 3 })).toMatch(/^title: .*expected string/);
  expect(said(3)).toMatch(/^Invalid input/);
});

test('of the ways to name somebody, only the closest is spoken of', () => {
  expect(said({ ...request, to: [{ member: 'a' }, { channel: 5 }] })).toMatch(/^to\[1\]\.channel: [^;]*$/);
});

test('no value is repeated, and there is an end', () => {
  const strange = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`f${n}`, 'hush']));
  expect(said({ ...request, ...strange })).not.toContain('hush');
  expect(said({ ...request, ...strange }).split('; ')).toHaveLength(20);
});
