// The routes that answer "what happened to this notification". A member sees the decisions about itself; admins,
// products and operators see all of the tenants that they serve. Another tenant's notification does not exist.
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { eventId, eventSource, tenantId } from '@carillon/domain';
import { memberRecipient, notificationIdOf } from '@carillon/domain/ids';
import { Answers, Caller, notFound, ownedOrNotFound, Roles, tenantOf, type Identity } from '@carillon/runtime';
import { exampleTimeline, notificationTimeline } from './timeline-schema.ts';
import type { NotificationTimeline } from './notification-timeline.ts';
import { Timeline, variantsOf } from './timeline.ts';

const byOrigin = z.object({
  source: eventSource,
  id: eventId,
  /** For callers that serve several tenants, or all. */
  tenantId: tenantId.optional(),
});

const seesAll = ['owner', 'security_admin', 'admin', 'product', 'operator'] as const;

@Controller('v1/notifications')
@Roles(...seesAll, 'member')
export class TimelineController {
  constructor(@Inject(Timeline) private readonly timeline: Timeline) {}

  @Get(':notificationId')
  @Answers({ body: notificationTimeline, example: exampleTimeline })
  one(@Param('notificationId') notificationId: string, @Caller() caller: Identity): Promise<NotificationTimeline> {
    if (!z.uuid().safeParse(notificationId).success) throw notFound(`notification ${notificationId.slice(0, 100)}`);
    return this.visible(notificationId, caller);
  }

  @Get()
  @Answers({ body: notificationTimeline, example: exampleTimeline, problems: [404] })
  byOrigin(
    @Query({ schema: byOrigin }) query: z.infer<typeof byOrigin>,
    @Caller() caller: Identity,
  ): Promise<NotificationTimeline> {
    return this.visible(notificationIdOf(tenantOf(caller, query.tenantId), query.source, query.id), caller);
  }

  private async visible(notificationId: string, caller: Identity): Promise<NotificationTimeline> {
    const found = await this.timeline.of(notificationId);
    const timeline = ownedOrNotFound(caller, found, `notification ${notificationId}`);
    if (caller.roles.some((role) => (seesAll as readonly string[]).includes(role))) return timeline;
    const own = timeline.decisions.filter((decision) => decision.recipient === memberRecipient(caller.memberId));
    if (own.length === 0) throw notFound(`notification ${notificationId}`);
    const { variants = {}, ...rest } = timeline;
    return { ...rest, ...variantsOf(variants, own), decisions: own };
  }
}
