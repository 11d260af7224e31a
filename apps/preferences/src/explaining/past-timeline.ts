// Asks delivery what was decided for a notification. Guarantees: delivery sees the caller's own token, so nobody learns
// more here than there; an answer takes five seconds at most.
import { Inject, Injectable } from '@nestjs/common';
import { notFound, CONFIG, Problem, unavailable } from '@carillon/runtime';
import { z } from 'zod';
import type { Config } from '../config.ts';

const timeoutMs = 5_000;

export const pastReason = z.object({ code: z.string(), sentence: z.string(), detail: z.string().optional() });

/** What was decided for a recipient. */
export const pastDecision = z.object({
  verdict: z.string(),
  summary: z.string(),
  mode: z.record(z.string(), z.unknown()),
  decidedAt: z.string(),
  reasons: z.array(pastReason),
});

const timeline = z.object({
  notificationId: z.uuid(),
  tenantId: z.string(),
  source: z.string(),
  id: z.string(),
  type: z.string(),
  title: z.string(),
  priority: z.string(),
  receivedAt: z.string(),
  reasons: z.array(pastReason),
  decisions: z.array(
    pastDecision.extend({
      recipient: z.string(),
      deliveries: z.array(z.object({ destination: z.record(z.string(), z.unknown()) })),
    }),
  ),
});
export type PastTimeline = z.output<typeof timeline>;

@Injectable()
export class PastTimelines {
  constructor(@Inject(CONFIG) private readonly config: Pick<Config, 'DELIVERY_URL'>) {}

  /**
   * @param authorization the caller's header
   * @throws Problem 404 where the caller has no such notification, or 503
   */
  async of(notificationId: string, authorization: string): Promise<PastTimeline> {
    const { DELIVERY_URL: url } = this.config;
    if (url === undefined) throw new Problem(501, 'Not Implemented', 'DELIVERY_URL is not set');
    let status: number;
    let body: unknown;
    try {
      const answer = await fetch(`${url}/v1/notifications/${encodeURIComponent(notificationId)}`, {
        headers: { authorization },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = answer.status;
      body = await answer.json();
    } catch (error) {
      throw unavailable('delivery gave no answer; try again', error);
    }
    if (status === 404 || status === 403) throw notFound(`notification ${notificationId}`);
    const read = timeline.safeParse(body);
    if (status !== 200 || !read.success) throw unavailable(`delivery answered ${status}; try again`, read.error);
    return read.data;
  }
}
