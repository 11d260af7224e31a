// One notification's timeline from delivery.
import { accessToken } from '../services/access-token.ts';
import { asItCame, askService } from '../services/ask-service.ts';
import { findService, type Service } from '../services/find-services.ts';
import type { Terminal } from '../terminal.ts';
import { timeline, type Timeline } from './timeline.ts';

/** `tenantId` is needed only where the token names no tenant, or several. */
export type Subject = { notificationId: string } | { source: string; id: string; tenantId?: string };

export interface Delivery {
  service: Service;
  token: string;
}

export async function findDelivery(terminal: Terminal, flags: { url?: string; tenant?: string }): Promise<Delivery> {
  const service = findService(terminal, 'delivery', flags.url);
  const token = await accessToken(terminal, { roles: ['owner', 'admin', 'operator'], tenant: flags.tenant });
  return { service, token };
}

/** Undefined: delivery does not know the notification (yet). */
export function fetchTimeline(
  { service, token }: Delivery,
  subject: Subject,
): Promise<{ shown: Timeline; body: unknown } | undefined> {
  const path =
    'notificationId' in subject
      ? `/v1/notifications/${encodeURIComponent(subject.notificationId)}`
      : `/v1/notifications?${new URLSearchParams(subject).toString()}`;
  const answer = asItCame(timeline);
  return askService(service, { token, path, answer, needs: "the tenant's role admin, or the role operator" });
}
