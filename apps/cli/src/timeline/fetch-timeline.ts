// One notification's timeline from delivery.
import { z } from 'zod';
import { accessToken } from '../services/access-token.ts';
import { askService } from '../services/ask-service.ts';
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

/** The answer as it came, and as far as it is shown. */
const answer = z.unknown().transform((body, context): { found: Timeline; body: unknown } => {
  const result = timeline.safeParse(body);
  if (result.success) return { found: result.data, body };
  context.issues.push({ code: 'custom', message: 'not a timeline', input: body });
  return z.NEVER;
});

/** Undefined: delivery does not know the notification (yet). */
export function fetchTimeline(
  { service, token }: Delivery,
  subject: Subject,
): Promise<{ found: Timeline; body: unknown } | undefined> {
  const path =
    'notificationId' in subject
      ? `/v1/notifications/${encodeURIComponent(subject.notificationId)}`
      : `/v1/notifications?${new URLSearchParams(subject).toString()}`;
  return askService(service, { token, path, answer, needs: "the tenant's role admin, or the role operator" });
}
