// The routes that answer "what happened to this notification". A member sees the decisions about itself; admins, services
// and operators see all. Another tenant's notification does not exist.
import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { z } from 'zod';
import { memberRecipient, notificationIdOf } from '@carillon/domain/ids';
import { Caller, notFound, Problem, Roles, type Identity } from '@carillon/runtime';
import { Timeline, type NotificationTimeline } from './timeline.ts';

const byOrigin = z.object({
  source: z.string().min(1),
  id: z.string().min(1),
  /** Only for callers that belong to no tenant. */
  tenantId: z.string().min(1).optional(),
});

const seesAll = ['owner', 'security_admin', 'admin', 'service', 'operator'] as const;

@Controller('v1/notifications')
@Roles(...seesAll, 'member')
export class TimelineController {
  constructor(@Inject(Timeline) private readonly timeline: Timeline) {}

  @Get(':notificationId')
  one(@Param('notificationId') notificationId: string, @Caller() caller: Identity): Promise<NotificationTimeline> {
    if (!z.uuid().safeParse(notificationId).success) throw notFound(`notification ${notificationId}`);
    return this.visible(notificationId, caller);
  }

  @Get()
  byOrigin(@Query({ schema: byOrigin }) query: z.infer<typeof byOrigin>, @Caller() caller: Identity): Promise<NotificationTimeline> {
    const tenantId = caller.tenantId ?? query.tenantId;
    if (tenantId === undefined) {
      throw new Problem(400, 'Bad Request', 'the token names no tenant', [{ path: 'tenantId', message: 'is required' }]);
    }
    return this.visible(notificationIdOf(tenantId, query.source, query.id), caller);
  }

  private async visible(notificationId: string, caller: Identity): Promise<NotificationTimeline> {
    const timeline = await this.timeline.of(notificationId);
    if (!timeline || !sees(caller, timeline.tenantId)) throw notFound(`notification ${notificationId}`);
    if (caller.roles.some((role) => (seesAll as readonly string[]).includes(role))) return timeline;
    const own = timeline.decisions.filter((decision) => decision.recipient === memberRecipient(caller.memberId));
    if (own.length === 0) throw notFound(`notification ${notificationId}`);
    return { ...timeline, decisions: own };
  }
}

/** Services and operators without a tenant serve all of them. */
const sees = (caller: Identity, tenantId: string): boolean => caller.tenantId === undefined || caller.tenantId === tenantId;
