// What the ledger keeps of a decision: the verdict with its reasons, and by which kinds of channel. Where exactly it
// went stands in the deliveries, whose ids follow from the kinds; nobody's address is kept twice.
import type { ChannelKind, DecisionAsRead } from '@carillon/domain';
import { deliveryIdOf } from '@carillon/domain/ids';

export interface StoredDecision extends Pick<DecisionAsRead, 'verdict' | 'mode' | 'variant' | 'reasons'> {
  /** The fallback's included. */
  kinds: ChannelKind[];
  /** Under which other names the person is known, where it is notified or was refused as somebody who is. */
  aliases?: string[];
}

export function storedDecision({
  verdict,
  mode,
  variant,
  reasons,
  destinations,
  fallback,
  aliases = [],
}: DecisionAsRead): StoredDecision {
  const kinds = destinations.map(({ kind }): ChannelKind => kind);
  if (fallback && !kinds.includes(fallback.kind)) kinds.push(fallback.kind);
  const holds = verdict === 'send' || reasons.at(-1)?.code === 'same_person';
  const said = variant !== undefined && { variant };
  return { verdict, mode, ...said, reasons, kinds, ...(holds && aliases.length > 0 && { aliases }) };
}

export const deliveryIdsOf = (
  notificationId: string,
  recipient: string,
  { verdict, kinds }: StoredDecision,
): string[] => (verdict === 'send' ? kinds.map((kind) => deliveryIdOf(notificationId, recipient, kind)) : []);
