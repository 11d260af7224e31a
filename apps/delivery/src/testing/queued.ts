// A delivery in a lane's queue, for specs.
import type { QueuedDelivery } from '../model/queued-delivery.ts';

export const queuedDelivery = (seq: number, channel: string, over: Partial<QueuedDelivery> = {}): QueuedDelivery => ({
  deliveryId: `d${seq}`,
  channel,
  priority: 1,
  seq,
  readyAt: 0,
  installationId: 'i1',
  unknown: false,
  operation: 'create',
  ...over,
});
