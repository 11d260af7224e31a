import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { KeyRing, kidOf } from './key-ring.ts';

const key = (): string => randomBytes(32).toString('base64');
const acme = { installationId: 'i-acme', purpose: 'access' } as const;

describe('KeyRing', () => {
  it('opens what it sealed, and the sealed text holds nothing of the token', async () => {
    const ring = KeyRing.parse(`k1:${key()}`);
    const sealed = await ring.seal('xoxb-secret', acme);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('xoxb');
    expect(await ring.open(sealed, acme)).toBe('xoxb-secret');
  });

  it('seals with the first key and still opens what an older key sealed', async () => {
    const [old, fresh] = [key(), key()];
    const sealedBefore = await KeyRing.parse(`k0:${old}`).seal('xoxb-1', acme);
    const ring = KeyRing.parse(`k1:${fresh},k0:${old}`);
    expect(await ring.open(sealedBefore, acme)).toBe('xoxb-1');
    expect(kidOf(await ring.seal('xoxb-1', acme))).toBe('k1');
  });

  it('refuses a value whose key was taken away', async () => {
    const sealed = await KeyRing.parse(`k0:${key()}`).seal('xoxb-1', acme);
    await expect(KeyRing.parse(`k1:${key()}`).open(sealed, acme)).rejects.toMatchObject({ code: 'unknown_key' });
  });

  it('refuses a value moved to another installation or to another purpose', async () => {
    const ring = KeyRing.parse(`k1:${key()}`);
    const sealed = await ring.seal('xoxb-1', acme);
    await expect(ring.open(sealed, { ...acme, installationId: 'i-other' })).rejects.toMatchObject({
      code: 'sealed_for_another',
    });
    await expect(ring.open(sealed, { ...acme, purpose: 'refresh' })).rejects.toMatchObject({
      code: 'sealed_for_another',
    });
  });

  it('refuses a value of which any part was altered, the named installation included', async () => {
    const ring = KeyRing.parse(`k1:${key()}`);
    const parts = (await ring.seal('xoxb-1', acme)).split('.');
    const header = JSON.parse(Buffer.from(parts[0]!, 'base64url').toString()) as Record<string, string>;
    const renamed = [
      Buffer.from(JSON.stringify({ ...header, sub: 'i-other' })).toString('base64url'),
      ...parts.slice(1),
    ].join('.');
    await expect(ring.open(renamed, { ...acme, installationId: 'i-other' })).rejects.toMatchObject({
      code: 'not_openable',
    });
    for (const part of [2, 3, 4]) {
      const altered = parts
        .map((text, i) => (i === part ? (text[0] === 'A' ? 'B' : 'A') + text.slice(1) : text))
        .join('.');
      await expect(ring.open(altered, acme)).rejects.toMatchObject({ code: 'not_openable' });
    }
  });

  it('refuses a ring that is wrong, naming the entry and never the key', () => {
    const good = key();
    for (const [text, said] of [
      ['', /entry 1/],
      [`k1:${good},nonsense`, /entry 2/],
      [`k1:${good},k1:${good}`, /repeats the kid k1/],
      [`k1:${randomBytes(16).toString('base64')}`, /k1 is not 32 bytes/],
      [`k 1:${good}`, /entry 1/],
    ] as const) {
      expect(() => KeyRing.parse(text)).toThrow(said);
      try {
        KeyRing.parse(text);
      } catch (error) {
        expect(String(error)).not.toContain(good);
      }
    }
  });

  it('shows no key to whoever prints or serialises it', () => {
    const secret = key();
    const ring = KeyRing.parse(`k1:${secret}`);
    expect(inspect(ring, { depth: 9, showHidden: true })).not.toContain(secret.slice(0, 8));
    expect(inspect(ring, { depth: 9 })).not.toContain('Uint8Array');
    expect(JSON.stringify(ring)).toBe('{"sealingKid":"k1"}');
  });

  it('signs with keys that are not the sealing keys and differ by label', () => {
    const sealing = key();
    const ring = KeyRing.parse(`k1:${sealing}`);
    const a = Buffer.from(ring.signingKeys('a').get('k1')!).toString('base64');
    expect(a).not.toBe(sealing);
    expect(a).not.toBe(Buffer.from(ring.signingKeys('b').get('k1')!).toString('base64'));
  });
});
