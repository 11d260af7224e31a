// The digest of a record, by which a record that is read again is recognised as the one that a dead letter was made of.
import { createHash } from 'node:crypto';

/** SHA-256 over the length of the key, the key and the value, in hexadecimal. */
export function digestOf({ key, value }: { key: Buffer | null; value: Buffer | null }): string {
  const hash = createHash('sha256').update(`${key?.length ?? -1} `);
  if (key) hash.update(key);
  if (value) hash.update(value);
  return hash.digest('hex');
}
