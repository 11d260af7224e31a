// Who may publish under which name.
import { describe, expect, test } from '@jest/globals';
import { coversSource } from './source-list.ts';

const acme = ['/acme/*', 'https://jobs.acme.example/nightly', 'urn:acme:billing', 'reports'];

describe('a list of sources', () => {
  test.each([
    '/acme/reports',
    '/acme/a/../b',
    'https://JOBS.acme.example/nightly',
    'HTTPS://jobs.acme.example/x/../nightly',
    'urn:acme:billing',
    'reports',
  ])('admits %s', (source) => {
    expect(coversSource(acme, source)).toBe(true);
  });

  test.each([
    '/globex/reports',
    '/acme',
    '/acme/../globex',
    '/acme/%2e%2e/globex',
    '/acme/%2E./globex',
    '/acme/..',
    '/acme\\..\\globex',
    'https://jobs.acme.example.evil.example/nightly',
    'https://jobs.acme.example@evil.example/nightly',
    'urn:acme:billing:x',
    'acme/reports',
    '../acme/reports',
    '//acme/x',
    '',
  ])('refuses %j', (source) => {
    expect(coversSource(acme, source)).toBe(false);
  });

  test('that is absent admits any', () => {
    expect(coversSource(undefined, '/anything')).toBe(true);
  });

  test('of another tenant is not passed by a way back', () => {
    expect(coversSource(['/globex/*'], '/globex/../acme')).toBe(false);
  });
});
