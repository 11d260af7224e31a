// The queue of an e-mail: each tenant has one lane, each address is a channel of it.
import { normaliseEmail, type EmailDestination } from '@carillon/domain';
import { laneOfKind } from '../../model/lane-id.ts';
import type { QueuePlace } from '../../model/queue-place.ts';

export const emailPlace = (tenantId: string, { address }: EmailDestination): QueuePlace => ({
  lane: laneOfKind('email', tenantId),
  channel: normaliseEmail(address),
});
