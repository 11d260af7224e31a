// Deliveries as Slack messages. Promises: one `chat.postMessage` per attempt, marked with the delivery's id so that a later
// look into the history can tell whether it was posted; every answer of Slack becomes one of the ends the ledger knows.
import type { SlackDestination } from '@carillon/domain';
import type { SlackAnswer, SlackFailure } from '@carillon/slack';
import { renderMessage } from '@carillon/slack';
import type { Claimed } from '../../ledger/claims.ts';
import type { AttemptEnd, AttemptFacts, Channel, Finding } from '../channel.ts';
import type { BotTokens } from './bot-tokens.ts';
import { findInHistory } from './history.ts';
import type { Installations } from './installations.ts';

const tokenUnavailableHoldMs = 2_000;
const muchLaterMs = 15 * 60_000;

interface Posted {
  channel: string;
  ts: string;
}

export const deliveryEvent = 'carillon_delivery';

export class SlackChannel implements Channel {
  constructor(
    private readonly tokens: BotTokens,
    private readonly installations: Installations,
  ) {}

  async deliver(delivery: Claimed, beforeWrite: () => boolean): Promise<AttemptEnd> {
    const to = delivery.destination as SlackDestination;
    const connection = await this.tokens.connection(to.installationId);
    if (!connection) return { kind: 'not_written', why: 'token_unavailable', holdMs: tokenUnavailableHoldMs };
    let channel = to.channel;
    if (channel === undefined) {
      const opened = await connection.client.call<{ channel: { id: string } }>('conversations.open', { users: (to.users ?? []).join(',') });
      if (!opened.ok) return this.failed(to.installationId, opened);
      channel = opened.body.channel.id;
    }
    const answer = await connection.client.call<Posted>('chat.postMessage', this.message(delivery, channel), {
      onWrite: () => {
        if (!beforeWrite()) throw new Error('the lease of the lane ends before the call would');
      },
    });
    if (!answer.ok) return this.failed(to.installationId, answer);
    return {
      kind: 'delivered',
      facts: factsOf(answer),
      slack: { teamId: to.teamId, channel: answer.body.channel, ts: answer.body.ts },
    };
  }

  async reconcile(delivery: Claimed): Promise<Finding> {
    const to = delivery.destination as SlackDestination;
    if (!this.installations.mayReadHistory(to)) return { kind: 'cannot_know' };
    const connection = await this.tokens.connection(to.installationId);
    if (!connection || to.channel === undefined) return { kind: 'cannot_know' };
    return findInHistory(connection.client, to, delivery.deliveryId);
  }

  private message(delivery: Claimed, channel: string): object {
    const { content } = delivery;
    const rendered = content.slack
      ? { text: content.title, blocks: content.slack.blocks }
      : renderMessage({
          title: content.title,
          ...(content.body !== undefined && { body: content.body }),
          ...(content.link && { link: { url: content.link.url, ...(content.link.label !== undefined && { label: content.link.label }) } }),
          ...(content.facts && { facts: content.facts }),
        });
    return {
      channel,
      ...rendered,
      unfurl_links: false,
      unfurl_media: false,
      metadata: { event_type: deliveryEvent, event_payload: { delivery_id: delivery.deliveryId, attempt: delivery.attempt } },
    };
  }

  private failed(installationId: string, answer: Extract<SlackAnswer<unknown>, { ok: false }>): AttemptEnd {
    const { failure } = answer;
    const facts = factsOf(answer);
    const told = { error: failure.code, advice: failure.advice, facts };
    if (failure.code === 'not_written') return { kind: 'not_written', why: 'lease' };
    if (failure.sent === 'maybe') return { kind: 'unknown', ...told };
    if (failure.scope === 'installation' && failure.needed === undefined) return this.refusedToken(installationId, failure);
    const delay = delayOf(failure);
    if (delay === null) return { kind: 'refused', ...told };
    return {
      kind: 'retry',
      ...told,
      ...(delay !== undefined && { delayMs: delay }),
      ...(failure.scope === 'method' && { slowDown: true }),
    };
  }

  /** The installation decides what a refused token means; until it has, its deliveries wait and no attempt is counted. */
  private refusedToken(installationId: string, failure: SlackFailure): AttemptEnd {
    this.tokens.forget(installationId);
    if (failure.retry !== 'refresh_token') void this.tokens.reportDead(installationId, failure.code);
    return { kind: 'not_written', why: failure.code, holdMs: tokenUnavailableHoldMs };
  }
}

/** Null = final, undefined = as the policy says. */
function delayOf({ retry }: SlackFailure): number | null | undefined {
  if (retry === 'never') return null;
  if (retry === 'later' || retry === 'refresh_token') return undefined;
  return retry === 'much_later' ? muchLaterMs : retry.afterMs;
}

function factsOf(answer: SlackAnswer<unknown>): AttemptFacts {
  return {
    latencyMs: answer.latencyMs,
    ...(answer.status !== undefined && { status: answer.status }),
    ...(answer.requestId !== undefined && { requestId: answer.requestId }),
  };
}
