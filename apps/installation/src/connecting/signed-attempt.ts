// The signed id of a connection attempt, as a browser carries it. It is valid for one step only, so that the admin's
// link cannot be used as the `state` that Slack returns. Guarantees: an altered or foreign value is refused; an expired
// value is still recognised, so that the person can be redirected with the reason. Whether the attempt was used is in
// its row.
import { errors, jwtVerify, SignJWT } from 'jose';
import type { KeyRing } from '../tokens/key-ring.ts';

/** `link`: in the link for the admin's browser. `state`: in the `state` parameter for Slack. */
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
