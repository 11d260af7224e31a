// The secrets of one playground: created at the first start and kept in its data folder, so that tokens and sealed data
// stay valid after a restart. Passwords and client secrets are derived from one seed.
import { createHmac, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';

export interface Secrets {
  /** The issuer's private key, with its `kid`. */
  issuerKey: JWK;
  /** The key ring with which `installation` seals bot tokens. */
  tokenKeys: string;
  derive(name: string): string;
}

interface Stored {
  seed: string;
  issuerKey: JWK;
  tokenKeys: string;
}

export async function loadSecrets(file: string): Promise<Secrets> {
  const stored = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Stored) : await make(file);
  return {
    issuerKey: stored.issuerKey,
    tokenKeys: stored.tokenKeys,
    derive: (name) => createHmac('sha256', stored.seed).update(name).digest('hex').slice(0, 32),
  };
}

async function make(file: string): Promise<Stored> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const stored: Stored = {
    seed: randomBytes(32).toString('hex'),
    issuerKey: { ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: randomBytes(8).toString('hex') },
    tokenKeys: `k1:${randomBytes(32).toString('base64url')}`,
  };
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(stored, null, 2), { mode: 0o600 });
  return stored;
}
