// The name of a connection attempt as it travels through a browser: signed, so that nobody makes one up, and good for
// one leg only, so that the link an admin is given cannot stand in for the state Slack brings back.
// Promises: an altered or foreign value is refused; a genuine one that came too late is still recognised, so that the
// person can be sent back with an explanation. Whether it was used already is the row's to say.
import { errors, jwtVerify, SignJWT } from 'jose';
import type { KeyRing } from '../tokens/key-ring.ts';

/** `link`: from our answer to the admin's browser. `state`: from there to Slack and back. */
export type Leg = 'link' | 'state';

export interface VerifiedAttempt {
  attemptId: string;
  expired: boolean;
}

export class AttemptSigner {
  private readonly keys: Map<string, Uint8Array>;

  constructor(private readonly ring: KeyRing) {
    this.keys = ring.signingKeys('connection attempts');
  }

  async sign(attemptId: string, leg: Leg, expiresAt: Date): Promise<string> {
    return new SignJWT({})
      .setProtectedHeader({ alg: 'HS256', kid: this.ring.sealingKid })
      .setSubject(attemptId)
      .setAudience(leg)
      .setExpirationTime(expiresAt)
      .sign(this.keys.get(this.ring.sealingKid)!);
  }

  async verify(signed: string, leg: Leg, now = new Date()): Promise<VerifiedAttempt | undefined> {
    try {
      const { payload } = await jwtVerify(signed, (header) => this.keyOf(header.kid), {
        algorithms: ['HS256'],
        audience: leg,
        currentDate: now,
        requiredClaims: ['sub', 'exp'],
      });
      return { attemptId: payload.sub!, expired: false };
    } catch (error) {
      if (error instanceof errors.JWTExpired && error.payload.sub)
        return { attemptId: error.payload.sub, expired: true };
      return undefined;
    }
  }

  private keyOf(kid: string | undefined): Uint8Array {
    const key = this.keys.get(kid ?? '');
    if (!key) throw new errors.JWSInvalid('unknown key');
    return key;
  }
}
