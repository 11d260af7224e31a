// The record that a request with a used id and other content adds to the timeline of the first notification.
// Guarantees: the record holds nothing of the refused request but its digest, and has no decisions. The same refusal
// has the same event id each time.
import type { NotificationType, ResolvedNotification } from '@carillon/domain';
import { partitionOf, type Outgoing } from '@carillon/messaging';

export interface ReusedId {
  tenantId: string;
  notificationId: string;
  source: string;
  id: string;
  /** Of the refused request. */
  requestHash: string;
  type: NotificationType;
  /** Where the refused request is, or who posted it. */
  detail: string;
}

export const idReused = 'id_reused';

export const idReusedDetail = (source: string, id: string): string =>
  `${source} ${id} came before with other content, which stands; a notification with new content needs an id of its own`;

/** @param partitions how many partitions the topic has */
export function reuseRecord(
  { tenantId, notificationId, source, id, requestHash, type, detail }: ReusedId,
  partitions: number,
): Outgoing<ResolvedNotification> {
  return {
    id: `${notificationId}.reused.${requestHash}`,
    source: '/carillon/preferences',
    partition: partitionOf(notificationId, partitions),
    data: {
      tenantId,
      notification: {
        ...{
          notificationId,
          requestHash,
          source,
          id,
          type: type.name,
          category: type.category,
          priority: 'normal' as const,
        },
        // Readers of this record use its reasons; the schema asks for a title, and the refused one must not be shown.
        content: { title: 'Refused: the id was used before' },
      },
      policies: { ambiguity: type.ambiguity, mutable: type.mutable, retentionDays: type.retentionDays },
      decisions: [],
      reasons: [{ code: idReused, detail }],
    },
  };
}
