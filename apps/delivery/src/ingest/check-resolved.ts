// Whether a resolved record may be believed, as far as delivery can tell. Guarantees: what a record names belongs to
// its own tenant: the notification's id is made of the tenant, source and id that it says; each installation is the
// tenant's and covers the workspace. An installation that is not known yet is no fault: its deliveries wait until it
// is, and are checked again before anything is sent. It cannot tell who wrote the record: without ACLs on the broker
// every producer of the topic is trusted within these bounds.
import type { ChannelKind, ReasonCode, ResolvedNotificationAsRead } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import type { Channel } from '../channels/channel.ts';

export type FaultCode = ReasonCode | 'unknown_tenant' | 'wrong_notification_id';
export type Fault = readonly [code: FaultCode, detail: string];

export interface IngestContext {
  channels: Readonly<Record<ChannelKind, Channel>>;
  tenants: { has(tenantId: string): boolean };
}

export function faultOf(
  { tenantId, notification, decisions }: ResolvedNotificationAsRead,
  { channels, tenants }: IngestContext,
): Fault | undefined {
  if (!tenants.has(tenantId)) return ['unknown_tenant', `no tenant ${tenantId} is declared`];
  const { notificationId, source, id } = notification;
  if (notificationId !== notificationIdOf(tenantId, source, id)) {
    return [
      'wrong_notification_id',
      `notificationId ${notificationId} is not the one of tenant ${tenantId}, source ${source} and id ${id}`,
    ];
  }
  for (const { recipient, destinations } of decisions) {
    for (const to of destinations) {
      const why = channels[to.kind].foreignBecause?.(tenantId, to);
      if (why !== undefined) return ['foreign_address', `${recipient}: ${why}`];
    }
  }
  return undefined;
}
