// Deterministic ids: every hop may repeat, and the same thing gets the same id each time, so nothing doubles.
// An entry point of its own: most of who imports the words makes no ids.
import { createHash } from 'node:crypto';
import { normaliseEmail, type ChannelKind } from './words.ts';

/** The namespace of all ids here. It never changes: changing it would make every known notification a new one. */
const namespace = Buffer.from('b1f6c7c05d0a4cf19f9e1d6b2a7c3e58', 'hex');

/** RFC 9562 version 5 of the parts, joined by line feeds, in our namespace. */
export function uuidv5(...parts: string[]): string {
  const hash = createHash('sha1').update(namespace).update(parts.join('\n')).digest();
  hash[6] = (hash[6]! & 0x0f) | 0x50;
  hash[8] = (hash[8]! & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export const notificationIdOf = (tenantId: string, source: string, id: string): string => uuidv5(tenantId, source, id);

export const deliveryIdOf = (notificationId: string, recipient: string, kind: ChannelKind): string =>
  uuidv5(notificationId, recipient, kind);

/** `dueAt`: the instant as ISO 8601 in UTC. */
export const digestDeliveryIdOf = (digestKey: string, dueAt: string): string => uuidv5(digestKey, dueAt);

export const memberRecipient = (memberId: string): string => `member:${memberId}`;
export const channelRecipient = (teamId: string, channelId: string): string => `channel:${teamId}:${channelId}`;
export const emailRecipient = (address: string): string => `email:${normaliseEmail(address)}`;
export const groupRecipient = (memberIds: readonly string[]): string => `group:${[...new Set(memberIds)].sort().join(',')}`;
