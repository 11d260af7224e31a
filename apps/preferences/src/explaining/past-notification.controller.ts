// GET /v1/notifications/{id}/explain: what was decided for each recipient of a notification, with the reasons of then,
// and what would be decided now. Guarantees: nothing is sent; a member sees only itself; now is decided by the function
// that decides notifications, but for bursts, which are of their moment. A change of what the notification's workflows
// would tell is not shown: only recipients that were decided then are decided again.
import { Controller, Get, Param, Req } from '@nestjs/common';
import { decision, priority, type ReasonCode } from '@carillon/domain';
import { Answers, notFound, Roles, Tenants } from '@carillon/runtime';
import { z } from 'zod';
import { Catalogue } from '../catalogue/catalogue.ts';
import { ContextLoader } from '../resolution/context-loader.ts';
import { loadContext } from '../resolution/load-context.ts';
import { variablesOf } from '../resolution/prepared-request.ts';
import { resolve } from '../resolution/resolve.ts';
import { audienceOf } from './addressed-again.ts';
import { explainedReason, inWords } from './explained-reason.ts';
import { pastDecision, pastReason, PastTimelines, type PastTimeline } from './past-timeline.ts';

const now = z.object({
  verdict: decision.shape.verdict,
  destinations: decision.shape.destinations,
  mode: decision.shape.mode,
  reasons: z.array(explainedReason),
});
const pastExplanation = z.object({
  notificationId: z.uuid(),
  type: z.string(),
  title: z.string(),
  receivedAt: z.string(),
  /** About the notification as a whole, where it named nobody. */
  reasons: z.array(pastReason),
  recipients: z.array(
    z.object({
      recipient: z.string(),
      then: pastDecision,
      /** Null: it cannot be decided again, because the type or the names of the recipient are not known any more. */
      now: now.nullable(),
      /** Whether now differs from then in the verdict or the reasons. */
      changed: z.boolean(),
    }),
  ),
});
type PastExplanation = z.output<typeof pastExplanation>;

const example: PastExplanation = {
  notificationId: '0c7a3c2e-5a3b-5f6e-9b51-3d6f8f1f2a10',
  type: 'report.ready',
  title: 'Report ready',
  receivedAt: '2026-11-26T09:00:00.000Z',
  reasons: [],
  recipients: [
    {
      recipient: 'member:ada',
      then: {
        verdict: 'suppress',
        summary: 'suppressed: not_linked',
        mode: { kind: 'now' },
        decidedAt: '2026-11-26T09:00:00.100Z',
        reasons: [{ code: 'not_linked', sentence: 'The member is not linked to a Slack user.' }],
      },
      now: null,
      changed: false,
    },
  ],
};

@Controller('v1/notifications')
export class PastNotificationController {
  constructor(
    private readonly timelines: PastTimelines,
    private readonly catalogue: Catalogue,
    private readonly contexts: ContextLoader,
    private readonly tenants: Tenants,
  ) {}

  @Get(':notificationId/explain')
  @Answers({ body: pastExplanation, example, problems: [404, 503] })
  @Roles('owner', 'security_admin', 'admin', 'member', 'product', 'operator')
  async explain(
    @Param('notificationId') notificationId: string,
    @Req() request: { headers: { authorization?: string } },
  ): Promise<PastExplanation> {
    if (!z.uuid().safeParse(notificationId).success) throw notFound(`notification ${notificationId.slice(0, 100)}`);
    const past = await this.timelines.of(notificationId, request.headers.authorization ?? '');
    const decidedNow = await this.decideAgain(past);
    const { type, title, receivedAt, reasons } = past;
    return {
      notificationId,
      type,
      title,
      receivedAt,
      reasons,
      recipients: past.decisions.map(({ recipient, verdict, summary, mode, decidedAt, reasons }) => {
        const again = reasons.some(({ code }) => forEver.has(code)) ? null : (decidedNow.get(recipient) ?? null);
        return {
          recipient,
          then: { verdict, summary, mode, decidedAt, reasons },
          now: again,
          changed: again !== null && (again.verdict !== verdict || codesOf(again.reasons) !== codesOf(reasons)),
        };
      }),
    };
  }

  private async decideAgain(past: PastTimeline): Promise<Map<string, z.output<typeof now>>> {
    const type = this.catalogue.type(past.type);
    if (!type) return new Map();
    const to = past.decisions.flatMap(({ recipient, deliveries }) => {
      const destinations = deliveries.map(({ destination }) => destination);
      return audienceOf(recipient, destinations) ?? [];
    });
    if (to.length === 0) return new Map();
    const { tenantId, source, id, title } = past;
    const known = priority.safeParse(past.priority).data;
    const request = { tenantId, type: type.name, title, to, ...(known && { priority: known }) };
    const variables = variablesOf(request, type, { source, id, tenantName: this.tenants.nameOf(tenantId) });
    const context = (await loadContext(this.contexts, [{ request, type, variables }])).get(tenantId)!;
    const { decisions } = resolve(request, type, context, { at: Date.now(), variables });
    return new Map(
      decisions.map(({ recipient, verdict, destinations, mode, reasons }) => [
        recipient,
        { verdict, destinations, mode, reasons: inWords(reasons) },
      ]),
    );
  }
}

/** How somebody came to be in the audience is not decided again: all are asked for by name. */
const notCompared = new Set<string>([
  ...([
    'rolled_up',
    'addressed',
    'workflow',
    'saved_destination',
    'everyone',
    'has_role',
    'follows',
  ] satisfies ReasonCode[]),
]);

const codesOf = (reasons: readonly { code: string }[]): string =>
  reasons.flatMap(({ code }) => (notCompared.has(code) ? [] : [code])).join();

/** What the event itself decided holds for ever: its data and its expiry are not known any more. */
const forEver = new Set<string>(['expired', 'actor_excluded'] satisfies ReasonCode[]);
