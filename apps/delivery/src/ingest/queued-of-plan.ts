// A planned delivery as its lane's queue sees it.
import type { IngestPlan } from '../model/ingest-plan.ts';
import type { Priority, QueuedDelivery } from '../model/queued-delivery.ts';

/** Undefined: it is for later, or its place depends on other messages, so the queue has to be read. */
export function queuedOfPlan({ deliveries: d }: IngestPlan, n: number, seq: number): QueuedDelivery | undefined {
  if (d.notBefore[n] !== null || d.extras[n] !== null) return undefined;
  return {
    deliveryId: d.id[n]!,
    channel: d.channel[n]!,
    priority: d.priority[n] as Priority,
    seq,
    readyAt: 0,
    installationId: d.installationId[n] ?? null,
    unknown: false,
    operation: 'create',
  };
}
