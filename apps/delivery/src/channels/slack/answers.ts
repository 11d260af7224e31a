// Turns Slack's refusals into ends of an attempt. The installation service decides what a refused token
// means; until then the deliveries of the installation wait, and no attempt is counted. So they do while Slack refuses
// the whole installation. An error code that is in no table ends the delivery, and is counted and logged.
import type { BotTokens } from '@carillon/runtime';
import { tokenIsDead, type SlackAnswer, type SlackFailure } from '@carillon/slack';
import { createLogger } from '@carillon/telemetry';
import { unknownSlackErrors } from '../../metrics.ts';
import type { SendResult, AttemptFacts } from '../../model/send-result.ts';

const tokenUnavailableHoldMs = 2_000;
/** One delivery tries again after it; the others of the installation wait for its answer. */
const installationRefusedHoldMs = 60_000;
const muchLaterMs = 15 * 60_000;

export type Refusal = Extract<SlackAnswer<unknown>, { ok: false }>;

export class Answers {
  private readonly log = createLogger('slack');

  constructor(private readonly tokens: Pick<BotTokens, 'forget' | 'reportDead'>) {}

  end(method: string, installationId: string, answer: Refusal): SendResult {
    const { failure } = answer;
    const details = {
      error: failure.code,
      advice: failure.detail === undefined ? failure.advice : `${failure.advice} (${failure.detail})`,
      facts: this.facts(answer),
    };
    if (failure.kind === 'not_written') return { kind: 'not_written', why: 'lease' };
    if (failure.kind === 'unknown') {
      unknownSlackErrors.inc({ method, code: failure.code });
      this.log.error(
        { method, code: failure.code, detail: failure.detail, installationId },
        'Slack gave an error that is in no table',
      );
    }
    if (failure.sent === 'maybe') return { kind: 'unknown', ...details };
    if (tokenIsDead(failure)) return this.refusedToken(installationId, failure);
    if (failure.kind === 'installation_refused') return this.refusedInstallation(installationId, failure);
    const delay = delayOf(failure);
    if (delay === null) return { kind: 'refused', ...details };
    return {
      kind: 'retry',
      ...details,
      ...(delay !== undefined && { delayMs: delay }),
      ...(failure.scope === 'method' && { limited: method }),
    };
  }

  facts(answer: SlackAnswer<unknown>): AttemptFacts {
    return {
      latencyMs: answer.latencyMs,
      ...(answer.status !== undefined && { status: answer.status }),
      ...(answer.requestId !== undefined && { requestId: answer.requestId }),
    };
  }

  /** It concerns every delivery of the installation, and only an admin can end it: none of them fails for it. */
  private refusedInstallation(installationId: string, { code, advice }: SlackFailure): SendResult {
    this.log.warn({ installationId, code, advice }, 'Slack refuses an installation; its deliveries wait');
    return { kind: 'not_written', why: code, holdMs: installationRefusedHoldMs };
  }

  private refusedToken(installationId: string, failure: SlackFailure): SendResult {
    this.tokens.forget(installationId);
    if (failure.retry !== 'refresh_token') void this.tokens.reportDead(installationId, failure.code);
    return { kind: 'not_written', why: failure.code, holdMs: tokenUnavailableHoldMs };
  }
}

/** For calls that may be repeated without harm. */
export function withoutDoubt(end: SendResult): SendResult {
  return end.kind === 'unknown' ? { ...end, kind: 'retry' } : end;
}

/** For a refusal whose cause is removed: nothing was sent, and the next attempt follows at once. */
export function again(end: SendResult): Extract<SendResult, { kind: 'retry' }> {
  const { error, advice, facts } = end as Extract<SendResult, { kind: 'refused' }>;
  return { kind: 'retry', error, advice, facts, delayMs: 0 };
}

/** Null: no further attempt. Undefined: the delay of the policy. */
function delayOf({ retry }: SlackFailure): number | null | undefined {
  if (retry === 'never') return null;
  if (retry === 'later' || retry === 'refresh_token') return undefined;
  return retry === 'much_later' ? muchLaterMs : retry.afterMs;
}
