/**
 * Ids and tokens that look like Slack's. Ids grow from the time the process started, so a restarted simulator never
 * hands out an id that a product remembers from an earlier world.
 */
import { randomBytes } from 'node:crypto';

let last = Date.now();

export type IdKind = 'T' | 'E' | 'U' | 'B' | 'C' | 'D' | 'G' | 'F' | 'A' | 'Ev' | 'V';

export function nextId(kind: IdKind): string {
  last += 1;
  return `${kind}0${last.toString(36).toUpperCase()}`;
}

/** The random part of tokens, codes and upload URLs. */
export function secret(bytes = 16): string {
  return randomBytes(bytes).toString('hex');
}

let lastMicros = 0;

/** A message's `ts`: seconds with six decimals, strictly growing over all channels, as a text. */
export function nextTs(skewSeconds = 0): string {
  lastMicros = Math.max(Date.now() * 1000, lastMicros + 1);
  const text = String(lastMicros + Math.round(skewSeconds * 1_000_000));
  return `${text.slice(0, -6)}.${text.slice(-6)}`;
}

/** Slack's opaque list cursors: base64 of `kind:id`. */
export function cursorOf(kind: string, id: string): string {
  return Buffer.from(`${kind}:${id}`).toString('base64');
}

export function idInCursor(kind: string, cursor: string): string | undefined {
  const text = Buffer.from(cursor, 'base64').toString('utf8');
  return text.startsWith(`${kind}:`) ? text.slice(kind.length + 1) : undefined;
}
