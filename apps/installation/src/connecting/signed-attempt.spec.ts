import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { KeyRing } from '../tokens/key-ring.ts';
import { AttemptSigner } from './signed-attempt.ts';

const key = (): string => randomBytes(32).toString('base64');
const soon = (): Date => new Date(Date.now() + 600_000);

describe('AttemptSigner', () => {
  const attemptId = randomUUID();
  const secret = key();
  const signer = new AttemptSigner(KeyRing.parse(`k1:${secret}`));

  it('recognises what it signed', async () => {
    expect(await signer.verify(await signer.sign(attemptId, 'state', soon()), 'state')).toEqual({
      attemptId,
      expired: false,
    });
  });

  it("does not take the admin's link for the state that Slack brings back", async () => {
    expect(await signer.verify(await signer.sign(attemptId, 'link', soon()), 'state')).toBeUndefined();
  });

  it('refuses an altered attempt, a foreign signature, an unsigned one and nonsense', async () => {
    const [header, payload, signature] = (await signer.sign(attemptId, 'state', soon())).split('.');
    const other = Buffer.from(JSON.stringify({ sub: randomUUID(), aud: 'state', exp: 4e9 })).toString('base64url');
    expect(await signer.verify(`${header}.${other}.${signature}`, 'state')).toBeUndefined();
    const foreign = new AttemptSigner(KeyRing.parse(`k1:${key()}`));
    expect(await signer.verify(await foreign.sign(attemptId, 'state', soon()), 'state')).toBeUndefined();
    const unsigned = Buffer.from('{"alg":"none","kid":"k1"}').toString('base64url');
    expect(await signer.verify(`${unsigned}.${payload}.`, 'state')).toBeUndefined();
    expect(await signer.verify('', 'state')).toBeUndefined();
    expect(await signer.verify('a.b.c', 'state')).toBeUndefined();
  });

  it('tells an attempt that came too late from one that was made up', async () => {
    const signed = await signer.sign(attemptId, 'state', soon());
    const later = new Date(Date.now() + 601_000);
    expect(await signer.verify(signed, 'state', later)).toEqual({ attemptId, expired: true });
    const foreign = new AttemptSigner(KeyRing.parse(`k1:${key()}`));
    expect(await signer.verify(await foreign.sign(attemptId, 'state', soon()), 'state', later)).toBeUndefined();
  });

  it('recognises an attempt signed before the keys changed', async () => {
    const signed = await signer.sign(attemptId, 'state', soon());
    const rotated = new AttemptSigner(KeyRing.parse(`k2:${key()},k1:${secret}`));
    expect(await rotated.verify(signed, 'state')).toEqual({ attemptId, expired: false });
  });
});
