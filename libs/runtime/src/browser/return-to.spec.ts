import { describe, expect, it } from '@jest/globals';
import { parseOrigins, ReturnToPolicy, withAnswer } from './return-to.ts';

describe('ReturnToPolicy', () => {
  const production = new ReturnToPolicy('https://carillon.example', ['https://app.example']);

  it('lets a browser go back to our own origin and to those the operator named', () => {
    expect(production.allows('https://carillon.example/settings?tab=slack')).toBe(true);
    expect(production.allows('https://app.example/settings')).toBe(true);
  });

  it.each([
    'https://app.example.evil.test/',
    'https://app.example@evil.test/',
    'https://user:pass@app.example/',
    'http://app.example/',
    'https://app.example:8443/',
    'https://sub.app.example/',
    '//app.example/',
    '/settings',
    'javascript:alert(1)',
    'data:text/html,x',
    'http://127.0.0.1:3000/',
    '',
  ])('refuses %j', (returnTo) => {
    expect(production.allows(returnTo)).toBe(false);
  });

  it('lets a developer go back to any port of the own machine, and nowhere else', () => {
    const development = new ReturnToPolicy('http://127.0.0.1:3001', []);
    expect(development.allows('http://localhost:4200/settings')).toBe(true);
    expect(development.allows('http://[::1]:3000/')).toBe(true);
    expect(development.allows('http://console.localhost:3000/')).toBe(true);
    expect(development.allows('http://127.0.0.1.evil.test/')).toBe(false);
    expect(development.allows('http://localhost.evil.test/')).toBe(false);
  });
});

describe('parseOrigins', () => {
  it('reads a list and forgives spaces and a trailing slash', () => {
    expect(parseOrigins(' https://a.example/ ,https://b.example:8443')).toEqual([
      'https://a.example',
      'https://b.example:8443',
    ]);
    expect(parseOrigins('')).toEqual([]);
  });

  it('refuses what is not an origin, naming it', () => {
    expect(() => parseOrigins('https://a.example,https://b.example/path')).toThrow('https://b.example/path');
    expect(() => parseOrigins('b.example')).toThrow('b.example');
  });
});

describe('withAnswer', () => {
  it("keeps the page's own query and replaces an older answer", () => {
    expect(withAnswer('https://app.example/s?tab=slack&error=old', { error: undefined, installation: 'i-1' })).toBe(
      'https://app.example/s?tab=slack&installation=i-1',
    );
    expect(withAnswer('https://app.example/s', { error: 'access_denied' })).toBe(
      'https://app.example/s?error=access_denied',
    );
  });
});
