// What the other side is probed with for the sake of one lane: a delivery of it, without its content.
import type { ClaimedDelivery } from './claimed-delivery.ts';

export type ProbedFor = Pick<ClaimedDelivery, 'tenantId' | 'destination'>;
