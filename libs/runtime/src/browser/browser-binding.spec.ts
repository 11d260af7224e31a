import { describe, expect, it } from '@jest/globals';
import { BrowserBinding } from './browser-binding.ts';

const attempt = '0b4f2c3a-0000-4000-8000-000000000000';
const other = '99999999-0000-4000-8000-000000000000';

describe('BrowserBinding', () => {
  const binding = new BrowserBinding('https://carillon.example/slack-app/', '/slack/oauth', 'carillon-connect-');

  it('recognises the browser that holds the cookie, and no other', () => {
    const secret = binding.newSecret();
    const pair = binding.setCookie(attempt, secret, 600).split(';')[0]!;
    expect(binding.presented(`theme=dark; ${pair}; x=1`, attempt)).toBe(secret);
    expect(binding.digestsIn(`theme=dark; ${pair}; x=1`)).toEqual([binding.digest(secret)]);
    expect(binding.presented(undefined, attempt)).toBeUndefined();
    expect(binding.presented('theme=dark', attempt)).toBeUndefined();
    expect(binding.presented(pair.replace(secret, binding.newSecret()), attempt)).not.toBe(secret);
  });

  it("does not take one attempt's cookie for another's", () => {
    const pair = binding.setCookie(other, binding.newSecret(), 600).split(';')[0]!;
    expect(binding.presented(pair, attempt)).toBeUndefined();
  });

  it('hides the cookie from scripts and from other sites, and keeps it to the OAuth steps', () => {
    const cookie = binding.setCookie(attempt, 's', 599.7);
    expect(cookie.split('; ').slice(1)).toEqual([
      'Path=/slack-app/slack/oauth',
      'Max-Age=599',
      'HttpOnly',
      'SameSite=Lax',
      'Secure',
    ]);
    expect(
      new BrowserBinding('http://127.0.0.1:3001', '/slack/oauth', 'c-').setCookie(attempt, 's', 600),
    ).not.toContain('Secure');
  });

  it('forgets the cookie when the attempt is over', () => {
    const cleared = binding.clearCookie(attempt);
    expect(cleared).toContain('Max-Age=0');
    expect(binding.presented(cleared.split(';')[0], attempt)).toBeUndefined();
  });

  it('never uses the same secret twice', () => {
    expect(binding.newSecret()).not.toBe(binding.newSecret());
  });
});
