// Deliveries as Slack messages. Promises: one `chat.postMessage` per attempt, marked with the delivery's id so that a later
// look into the history can tell whether it was posted; every answer of Slack becomes one of the ends the ledger knows.
import type { SlackDestination } from '@carillon/domain';
import type { SlackAnswer, SlackFailure } from '@carillon/slack';
import type { Claimed } from '../../ledger/claims.ts';
import type { AttemptEnd, AttemptFacts, Channel, Finding } from '../channel.ts';
import type { BotTokens, Connection } from './bot-tokens.ts';
import { findInHistory } from './history.ts';
import type { Installations } from './installations.ts';
import { messageOf } from './message.ts';

const tokenUnavailableHoldMs = 2_000;
const muchLaterMs = 15 * 60_000;
/** What says that a token is dead, as opposed to what an admin's settings forbid. */
const deadTokens = new Set(['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked', 'token_expired']);

type Refusal = Extract<SlackAnswer<unknown>, { ok: false }>;

export class SlackChannel implements Channel {
  /** Group DMs by their people, as Slack opened them; it says so when one is gone. */
  private readonly opened = new Map<string, string>();

  constructor(
    private readonly tokens: BotTokens,
    private readonly installations: Installations,
  ) {}

  async deliver(delivery: Claimed, beforeWrite: () => boolean): Promise<AttemptEnd> {
    const to = delivery.destination as SlackDestination;
    if (this.installations.hasEnded(to.installationId)) {
      return { kind: 'refused', error: 'installation_disconnected', advice: 'An admin disconnected Slack.', facts: {} };
    }
    const connection = await this.tokens.connection(to.installationId);
    if (!connection) return { kind: 'not_written', why: 'token_unavailable', holdMs: tokenUnavailableHoldMs };
    const channel = await this.channelOf(to, connection);
    if (typeof channel !== 'string') return channel;
    const message = messageOf(delivery, channel, this.installations.grants(to.installationId, 'chat:write.customize'));
    const answer = await connection.client.call<{ channel: string; ts: string }>('chat.postMessage', message, {
      onWrite: () => {
        if (!beforeWrite()) throw new Error('the lease of the lane ends before the call would');
      },
    });
    if (!answer.ok) return this.refused(to.installationId, answer);
    const { channel: postedTo, ts } = answer.body;
    return { kind: 'delivered', facts: factsOf(answer), slack: { teamId: to.teamId, channel: postedTo, ts } };
  }

  async reconcile(delivery: Claimed): Promise<Finding> {
    const to = delivery.destination as SlackDestination;
    if (to.channel === undefined || !this.installations.mayReadHistory(to)) return { kind: 'cannot_know' };
    const connection = await this.tokens.connection(to.installationId);
    return connection ? findInHistory(connection.client, to, delivery) : { kind: 'later' };
  }

  /** Where to post; a group DM is opened first, which posts nothing and is idempotent, so no end of it is ambiguous. */
  private async channelOf(to: SlackDestination, { client }: Connection): Promise<string | AttemptEnd> {
    if (to.channel !== undefined) return to.channel;
    const users = [...(to.users ?? [])].sort().join(',');
    const key = `${to.installationId} ${users}`;
    const known = this.opened.get(key);
    if (known !== undefined) return known;
    const answer = await client.call<{ channel?: { id?: string } }>('conversations.open', { users });
    if (!answer.ok) {
      const end = this.refused(to.installationId, answer);
      if (end.kind === 'unknown') return { ...end, kind: 'retry' };
      return end.kind === 'retry' ? { ...end, slowDown: false } : end;
    }
    const id = answer.body.channel?.id;
    if (id === undefined) {
      return { kind: 'retry', error: 'unreadable_answer', advice: 'Slack opened a conversation and did not name it.', facts: factsOf(answer) };
    }
    this.opened.set(key, id);
    return id;
  }

  private refused(installationId: string, answer: Refusal): AttemptEnd {
    const { failure } = answer;
    const told = { error: failure.code, advice: failure.advice, facts: factsOf(answer) };
    if (failure.code === 'not_written') return { kind: 'not_written', why: 'lease' };
    if (failure.code === 'channel_not_found') this.opened.clear();
    if (failure.sent === 'maybe') return { kind: 'unknown', ...told };
    if (failure.retry === 'refresh_token' || deadTokens.has(failure.code)) return this.refusedToken(installationId, failure);
    const delay = delayOf(failure);
    if (delay === null) return { kind: 'refused', ...told };
    return { kind: 'retry', ...told, ...(delay !== undefined && { delayMs: delay }), ...(failure.scope === 'method' && { slowDown: true }) };
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
