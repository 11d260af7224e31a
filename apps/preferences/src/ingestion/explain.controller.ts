// POST /v1/explain: what would become of a notification that is not sent, for each recipient, with the reasons in
// words. Promise: it is decided by the same function, from the same knowledge, as the notification itself would be.
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { reasonSentences, type Decision, type Reason } from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { Caller, Roles, type Identity } from '@carillon/runtime';
import { Catalogue } from '../catalogue/catalogue.ts';
import { LoadKnowledge, Questions } from '../resolution/load-knowledge.ts';
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

@Controller('v1/explain')
export class ExplainController {
  constructor(
    private readonly catalogue: Catalogue,
    private readonly knowledge: LoadKnowledge,
  ) {}

  @Post()
  @HttpCode(200)
  @Roles('owner', 'security_admin', 'admin', 'product')
  async explain(
    @Caller() caller: Identity,
    @Body({ schema: explainedNotification }) body: unknown,
  ): Promise<Explanation> {
    const notification = body as ExplainedNotification;
    const { source, id } = notification;
    const { request, type, users } = admit(notification, caller, this.catalogue);
    const questions = new Questions();
    questions.add(request);
    const known = await this.knowledge.for(questions);
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
