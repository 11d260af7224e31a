// Deterministic ids: a step that is repeated computes the same id again, so repeated records are recognised. An entry
// point of its own (`@carillon/domain/ids`), because it needs node:crypto and browsers import the rest of this library.
import { hash } from 'node:crypto';
import { normaliseEmail } from './email-address.ts';
import type { ChannelKind } from './enumerations.ts';

/** The namespace of all ids here. It never changes: a change would make every known notification a new one. */
const namespace = Buffer.from('b1f6c7c05d0a4cf19f9e1d6b2a7c3e58', 'hex');

/**
 * RFC 9562 version 5 of the parts, joined by line feeds, in our namespace. Computed by one call into native code: every
 * hot path makes ids.
 */
export function uuidv5(...parts: string[]): string {
  const name = parts.join('\n');
  const input = Buffer.allocUnsafe(namespace.length + Buffer.byteLength(name));
  namespace.copy(input);
  input.write(name, namespace.length);
  const hex = hash('sha1', input, 'hex');
  const variant = variants[hex.charCodeAt(16)]!;
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The 17th digit by its character: its two high bits are 10. */
const variants = Object.fromEntries(
  [...'0123456789abcdef'].map((digit) => [
    digit.charCodeAt(0),
    ((Number.parseInt(digit, 16) & 0x3) | 0x8).toString(16),
  ]),
);

export const notificationIdOf = (tenantId: string, source: string, id: string): string => uuidv5(tenantId, source, id);

export const deliveryIdOf = (notificationId: string, recipient: string, kind: ChannelKind): string =>
  uuidv5(notificationId, recipient, kind);

/** `dueAt`: the instant as ISO 8601 in UTC. */
export const digestDeliveryIdOf = (digestKey: string, dueAt: string): string => uuidv5(digestKey, dueAt);

export const memberRecipient = (memberId: string): string => `member:${memberId}`;
export const channelRecipient = (teamId: string, channelId: string): string => `channel:${teamId}:${channelId}`;
export const emailRecipient = (address: string): string => `email:${normaliseEmail(address)}`;

/** Another identity of a person: the linked Slack account. Never a recipient itself, since links may change. */
export const slackAccountAlias = (teamId: string, slackUserId: string): string => `slack:${teamId}:${slackUserId}`;

/** An index entry also holds other columns, so a recipient must not be much longer. */
const longestGroupBytes = 500;

/**
 * `group:ada,bob`: each member once, sorted; a list of more than 500 bytes is named by its hash instead,
 * `group:#<uuidv5 of the sorted ids>`. A group's name is the same in whichever order its members are given.
 */
export function groupRecipient(memberIds: readonly string[]): string {
  const sorted = [...new Set(memberIds)].sort();
  const list = sorted.join(',');
  return Buffer.byteLength(list) <= longestGroupBytes ? `group:${list}` : `group:#${uuidv5(...sorted)}`;
}

/**
 * A digest of a request's data, 22 characters of base64url (132 bits of SHA-256). Guarantees: the same data gives the
 * same digest whatever the order of an object's names and however the JSON was written; other data gives another one.
 */
export const requestHashOf = (data: unknown): string => hash('sha256', canonicalText(data), 'base64url').slice(0, 22);

/**
 * A JSON value as a text that no other value has: names sorted, texts behind their length instead of escaped, which
 * costs a third of sorting into a copy and writing JSON. Members that are undefined are left out, as JSON.stringify
 * leaves them out.
 */
function canonicalText(value: unknown): string {
  if (typeof value === 'string') return `${value.length}"${value}`;
  if (typeof value !== 'object' || value === null) return `${String(value)};`;
  if (Array.isArray(value)) {
    let text = `[${value.length}:`;
    for (const item of value) text += canonicalText(item);
    return text;
  }
  let text = '{';
  for (const name of sortedNames(value)) {
    const item = (value as Record<string, unknown>)[name];
    if (item !== undefined) text += `${name.length}:${name}${canonicalText(item)}`;
  }
  return `${text}}`;
}

/** Objects of a request have few names, mostly: insertion beats the general sort there. */
function sortedNames(value: object): string[] {
  const names = Object.keys(value);
  if (names.length > 20) return names.sort();
  for (let i = 1; i < names.length; i++) {
    const name = names[i]!;
    let place = i;
    for (; place > 0 && names[place - 1]! > name; place--) names[place] = names[place - 1]!;
    names[place] = name;
  }
  return names;
}
