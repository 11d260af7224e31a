// POST /v1/explain: the decision for each recipient of a notification that is not sent, with the reasons in words.
// Guarantee: the same function decides it, from the same context, as for a notification that is sent.
import { z } from 'zod';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { decision, reason, reasonSentences, type Decision, type Reason } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { Answers, Caller, Roles, type Identity } from '@carillon/runtime';
import { Catalogue } from '../catalogue/catalogue.ts';
import { ContextLoader, LookupKeys } from '../resolution/context-loader.ts';
import { resolve } from '../resolution/resolve.ts';
import { strangerIn } from './content-faults.ts';
import { admit, contentProblem, explainedNotification, type ExplainedNotification } from './posted-notification.ts';

export interface ExplainedReason extends Reason {
  sentence: string;
}

export interface Explanation {
  /** Where source and id were given: the id that the notification would have. */
  notificationId?: string;
  type: string;
  recipients: (Omit<Decision, 'reasons'> & { reasons: ExplainedReason[] })[];
  /** About the notification as a whole, where it names nobody. */
  reasons: ExplainedReason[];
}

const explainedReason = reason.extend({ sentence: z.string() });
const explanation = z.object({
  notificationId: z.uuid().optional(),
  type: z.string(),
  recipients: z.array(decision.extend({ reasons: z.array(explainedReason) })),
  reasons: z.array(explainedReason),
});

@Controller('v1/explain')
export class ExplainController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly contexts: ContextLoader,
  ) {}

  @Post()
  @Answers({
    body: explanation,
    example: {
      type: 'report.ready',
      recipients: [
        {
          recipient: 'member:ada',
          verdict: 'suppress',
          destinations: [],
          mode: { kind: 'now' },
          reasons: [{ code: 'not_linked', sentence: reasonSentences.not_linked }],
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
    const { request, type, users } = admit(notification, caller, this.catalogue);
    const keys = new LookupKeys();
    keys.add(request);
    const known = await this.contexts.load(keys);
    const { decisions, reasons } = resolve(request, type, known.get(request.tenantId)!);
    const stranger = strangerIn(users, { decisions });
    if (stranger) throw contentProblem(stranger);
    return {
      ...(source !== undefined && id !== undefined
        ? { notificationId: notificationIdOf(request.tenantId, source, id) }
        : {}),
      type: type.name,
      recipients: decisions.map((decision) => ({ ...decision, reasons: inWords(decision.reasons) })),
      reasons: inWords(reasons),
    };
  }
}

const inWords = (reasons: Reason[]): ExplainedReason[] =>
  reasons.map((reason) => ({ ...reason, sentence: reasonSentences[reason.code] }));
