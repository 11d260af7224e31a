// POST /v1/explain: the decision for each recipient of a notification that is not sent, with the reasons in words.
// Guarantee: the same function decides it, from the same context, as for a notification that is sent.
import { z } from 'zod';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import {
  contentVariant,
  decision,
  reasonAdvice,
  reasonSentences,
  type ContentVariant,
  type Decision,
} from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { Answers, Caller, Roles, Tenants, type Identity } from '@carillon/runtime';
import { BurstWindows } from '../bursts/burst-windows.ts';
import { rollUpBursts } from '../bursts/roll-up-bursts.ts';
import { CatalogueRefresh } from '../catalogue/catalogue-refresh.ts';
import { Catalogue } from '../catalogue/catalogue.ts';
import { AudiencePages } from '../fan-out/audience-pages.ts';
import { withPeople } from '../fan-out/decide-page.ts';
import { ContextLoader } from '../resolution/context-loader.ts';
import { addVariants } from '../resolution/content-variants.ts';
import { loadContext } from '../resolution/load-context.ts';
import { resolve } from '../resolution/resolve.ts';
import { explainedReason, inWords, type ExplainedReason } from './explained-reason.ts';
import { strangerIn } from '../ingestion/content-faults.ts';
import {
  admit,
  contentProblem,
  explainedNotification,
  type ExplainedNotification,
} from '../ingestion/posted-notification.ts';

export interface Explanation {
  /** Where source and id were given: the id that the notification would have. */
  notificationId?: string;
  type: string;
  /** As it would be told: by the template where the notification has no title. */
  content: { title: string; body?: string };
  /** What of it differs for the recipients that name one. */
  variants?: Record<string, ContentVariant>;
  recipients: (Omit<Decision, 'reasons'> & { reasons: ExplainedReason[] })[];
  /** A topic, role or everyone has more recipients than are shown. */
  more?: boolean;
  /** About the notification as a whole, where it names nobody. */
  reasons: ExplainedReason[];
}

const explanation = z.object({
  notificationId: z.uuid().optional(),
  type: z.string(),
  content: z.object({ title: z.string(), body: z.string().optional() }),
  variants: z.record(z.string(), contentVariant).optional(),
  recipients: z.array(decision.extend({ reasons: z.array(explainedReason) })),
  more: z.boolean().optional(),
  reasons: z.array(explainedReason),
});

/** Of an audience that is found by a search. */
const mostFound = 50;
const nobodyFound = { found: [], people: new Map<string, never>(), more: false };

@Controller('v1/explain')
export class ExplainController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly contexts: ContextLoader,
    private readonly tenants: Tenants,
    private readonly pages: AudiencePages,
    private readonly bursts: BurstWindows,
    private readonly refresh: CatalogueRefresh,
  ) {}

  @Post()
  @Answers({
    body: explanation,
    example: {
      type: 'report.ready',
      content: { title: 'Report ready' },
      recipients: [
        {
          recipient: 'member:ada',
          verdict: 'suppress',
          destinations: [],
          mode: { kind: 'now' },
          reasons: [{ code: 'not_linked', sentence: reasonSentences.not_linked, advice: reasonAdvice.not_linked }],
        },
      ],
      reasons: [],
    },
    problems: [409],
  })
  @HttpCode(200)
  @Roles('owner', 'security_admin', 'admin', 'product')
  async explain(
    @Caller() caller: Identity,
    @Body({ schema: explainedNotification }) body: unknown,
  ): Promise<Explanation> {
    const notification = body as ExplainedNotification;
    const { source, id } = notification;
    await this.refresh.lookFor([notification.type]);
    const { prepared } = admit(notification, caller, this.catalogue, this.tenants);
    const { request, type, users, variables } = prepared;
    const known = (await loadContext(this.contexts, [prepared])).get(request.tenantId)!;
    const page = prepared.wide.length > 0 ? await this.pages.first(request.tenantId, prepared, mostFound) : nobodyFound;
    const tenant = withPeople(known, page);
    const at = Date.now();
    const resolution = resolve(request, type, tenant, { at, variables }, page.found);
    const { decisions, reasons } = resolution;
    const stranger = strangerIn(users, { decisions });
    if (stranger) throw contentProblem(stranger);
    const variants = addVariants(prepared, resolution, tenant);
    const notificationId =
      source !== undefined && id !== undefined ? notificationIdOf(request.tenantId, source, id) : undefined;
    await rollUpBursts([{ request, type, notificationId, tenant, resolution }], (claims) =>
      this.bursts.look(claims, at),
    );
    return {
      ...(notificationId !== undefined && { notificationId }),
      type: type.name,
      content: { title: request.title!, ...(request.body !== undefined && { body: request.body }) },
      ...(variants && { variants }),
      recipients: decisions.map((decision) => ({ ...decision, reasons: inWords(decision.reasons) })),
      ...(page.more && { more: true }),
      reasons: inWords(reasons),
    };
  }
}
