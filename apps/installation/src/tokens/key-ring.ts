// The keys that encrypt ("seal") Slack's tokens in the database, and sign the values in URLs. Guarantees: the first key
// seals and every key opens, so keys are changed without downtime; the cipher authenticates the installation and the
// purpose of a sealed value, so a value that was copied to another row, or from the access token's column to the
// refresh token's, does not open.
//
// TOKEN_KEYS is `kid:key[,kid:key…]`, each key 32 bytes in base64 (`openssl rand -base64 32`). To change keys: add the
// new one at the end and roll out; move it to the front and roll out (the service then seals every row anew); take the
// old one away when no row names it.
import { hkdfSync } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader } from 'jose';

export type TokenPurpose = 'access' | 'refresh';

export interface SealedFor {
  installationId: string;
  purpose: TokenPurpose;
}

/** `detail` says what is wrong without any part of a key or a token. */
export class KeyRingError extends Error {
  readonly retry = 'never';
  constructor(
    readonly code: 'bad_key_ring' | 'unknown_key' | 'sealed_for_another' | 'not_openable',
    detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
  }
}

const kidShape = /^[A-Za-z0-9_.-]{1,64}$/;
const base64Shape = /^[A-Za-z0-9+/_-]{43}=?$/;

export class KeyRing {
  // A #private field, so that inspecting or serialising the object does not show the keys.
  readonly #keys: ReadonlyMap<string, Uint8Array>;

  private constructor(
    keys: ReadonlyMap<string, Uint8Array>,
    readonly sealingKid: string,
  ) {
    this.#keys = keys;
  }

  static parse(text: string): KeyRing {
    const keys = new Map<string, Uint8Array>();
    for (const [index, entry] of text.split(',').entries()) {
      const place = `entry ${index + 1}`;
      const [, kid = '', encoded = ''] = /^\s*([^:]*):(.*?)\s*$/s.exec(entry) ?? [];
      if (!kidShape.test(kid)) throw new KeyRingError('bad_key_ring', `${place} is not kid:key`);
      if (keys.has(kid)) throw new KeyRingError('bad_key_ring', `${place} repeats the kid ${kid}`);
      if (!base64Shape.test(encoded))
        throw new KeyRingError('bad_key_ring', `the key of ${kid} is not 32 bytes in base64`);
      keys.set(kid, new Uint8Array(Buffer.from(encoded, 'base64')));
    }
    return new KeyRing(keys, keys.keys().next().value!);
  }

  get kids(): string[] {
    return [...this.#keys.keys()];
  }

  has(kid: string): boolean {
    return this.#keys.has(kid);
  }

  async seal(token: string, sealedFor: SealedFor): Promise<string> {
    return new CompactEncrypt(new TextEncoder().encode(token))
      .setProtectedHeader({
        alg: 'dir',
        enc: 'A256GCM',
        kid: this.sealingKid,
        sub: sealedFor.installationId,
        use: sealedFor.purpose,
      })
      .encrypt(this.#keys.get(this.sealingKid)!);
  }

  async open(sealed: string, sealedFor: SealedFor): Promise<string> {
    const key = this.#keys.get(kidOf(sealed) ?? '');
    if (!key) throw new KeyRingError('unknown_key', 'TOKEN_KEYS has no key of that kid');
    const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    }).catch((cause: unknown) => {
      throw new KeyRingError('not_openable', 'the sealed value was altered or its key differs', { cause });
    });
    if (protectedHeader.sub !== sealedFor.installationId || protectedHeader.use !== sealedFor.purpose) {
      throw new KeyRingError('sealed_for_another', 'the sealed value belongs to another installation or purpose');
    }
    return new TextDecoder().decode(plaintext);
  }

  /** Keys for signing, one per kid and apart from the sealing keys; the first one signs, all verify. */
  signingKeys(label: string): Map<string, Uint8Array> {
    return new Map(
      [...this.#keys].map(([kid, key]) => [
        kid,
        new Uint8Array(hkdfSync('sha256', key, new Uint8Array(0), `carillon ${label}`, 32)),
      ]),
    );
  }
}

export function kidOf(sealed: string): string | undefined {
  try {
    return decodeProtectedHeader(sealed).kid;
  } catch {
    return undefined;
  }
}
