// Deliveries as Slack messages. Promises: at most one call per attempt that tells somebody something, marked with the
// delivery's id so that a later look into the history can tell whether it was posted; a newer version of a matter changes
// the message that stands, a retraction deletes it; every answer of Slack becomes one of the ends the ledger knows.
import type { SlackDestination } from '@carillon/domain';
import { validateBlocks } from '@carillon/slack';
import type { Claimed } from '../../ledger/claims.ts';
import type { AttemptEnd, Channel, Finding, Permission } from '../channel.ts';
import { Answers, withoutDoubt } from './answers.ts';
import type { BotTokens, Connection } from './bot-tokens.ts';
import type { Conversations } from './conversations.ts';
import { findInHistory } from './history.ts';
import type { Installations } from './installations.ts';
import { messageOf } from './message.ts';

const tokenUnavailableHoldMs = 2_000;
/** What was to be changed is gone, or may not be changed any more: the newer version is posted anew. */
const nothingToChange = new Set(['message_not_found', 'cant_update_message', 'edit_window_closed', 'channel_not_found']);
const nothingToAnswer = new Set(['thread_not_found', 'cannot_reply_to_message', 'invalid_thread_ts']);

interface Try {
  delivery: Claimed;
  to: SlackDestination;
  connection: Connection;
  permission: Permission;
}

export class SlackChannel implements Channel {
  private readonly answers: Answers;

  constructor(
    private readonly tokens: BotTokens,
    private readonly installations: Installations,
    private readonly conversations: Conversations,
  ) {
    this.answers = new Answers(tokens);
  }

  async deliver(delivery: Claimed, permission: Permission): Promise<AttemptEnd> {
    const to = delivery.destination as SlackDestination;
    if (this.installations.hasEnded(to.installationId)) {
      return { kind: 'refused', error: 'installation_disconnected', advice: 'An admin disconnected Slack.', facts: {} };
    }
    const problem = invalidBlocks(delivery);
    if (problem) return problem;
    const connection = await this.tokens.connection(to.installationId);
    if (!connection) return { kind: 'not_written', why: 'token_unavailable', holdMs: tokenUnavailableHoldMs };
    const one: Try = { delivery, to, connection, permission };
    if (delivery.op === 'delete') return this.takeBack(one);
    return delivery.current ? this.change(one, delivery.current) : this.post(one);
  }

  async reconcile(delivery: Claimed, { toCall }: Pick<Permission, 'toCall'>): Promise<Finding> {
    const to = delivery.destination as SlackDestination;
    if (!this.installations.mayReadHistory(to)) return { kind: 'cannot_know' };
    const connection = await this.tokens.connection(to.installationId);
    if (!connection) return { kind: 'later' };
    return findInHistory({ client: connection.client, conversations: this.conversations, toCall }, to, delivery);
  }

  private async post(one: Try, joined = false): Promise<AttemptEnd> {
    const { delivery, to, connection, permission } = one;
    const waitMs = permission.toCall('chat.postMessage');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const place = delivery.parent ? { channel: delivery.parent.channel, remembered: true } : await this.placeOf(one);
    if ('kind' in place) return place;
    const answer = await connection.client.call<{ channel: string; ts: string }>(
      'chat.postMessage',
      { channel: place.channel, ...(delivery.parent && { thread_ts: delivery.parent.ts }), ...this.message(delivery, to) },
      { onWrite: () => write(permission) },
    );
    if (answer.ok) return { kind: 'delivered', facts: this.answers.facts(answer), slack: { teamId: to.teamId, channel: answer.body.channel, ts: answer.body.ts } };
    const end = this.answers.end('chat.postMessage', to.installationId, answer);
    const { code } = answer.failure;
    if (delivery.parent && nothingToAnswer.has(code)) return { ...again(end), gone: 'parent' };
    if (code === 'channel_not_found' && to.surface === 'group_dm' && place.remembered) {
      await this.conversations.forget(to);
      return again(end);
    }
    if (code === 'not_in_channel' && to.surface === 'channel' && !joined && this.installations.grants(to.installationId, 'channels:join')) {
      return this.joinAndPost(one, place.channel, end);
    }
    return end;
  }

  /** The refusal was before anything was posted, so the same attempt may try once more. */
  private async joinAndPost(one: Try, channel: string, refused: AttemptEnd): Promise<AttemptEnd> {
    const waitMs = one.permission.toCall('conversations.join');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const joined = await one.connection.client.call('conversations.join', { channel });
    return joined.ok ? this.post(one, true) : refused;
  }

  private async change({ delivery, to, connection, permission }: Try, current: NonNullable<Claimed['current']>): Promise<AttemptEnd> {
    const waitMs = permission.toCall('chat.update');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const { username: _name, icon_url: _icon, unfurl_links: _links, unfurl_media: _media, ...message } = this.message(delivery, to);
    const answer = await connection.client.call('chat.update', { ...current, ...message }, { onWrite: () => write(permission) });
    if (answer.ok) return { kind: 'delivered', facts: this.answers.facts(answer), slack: { teamId: to.teamId, ...current } };
    const end = withoutDoubt(this.answers.end('chat.update', to.installationId, answer));
    return nothingToChange.has(answer.failure.code) ? { ...again(end), gone: 'current' } : end;
  }

  private async takeBack({ delivery: { own }, to, connection, permission }: Try): Promise<AttemptEnd> {
    if (!own) return { kind: 'delivered', facts: {} };
    const waitMs = permission.toCall('chat.delete');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const answer = await connection.client.call('chat.delete', { ...own }, { onWrite: () => write(permission) });
    if (answer.ok) return { kind: 'delivered', facts: this.answers.facts(answer) };
    return withoutDoubt(this.answers.end('chat.delete', to.installationId, answer));
  }

  private message(delivery: Claimed, { installationId }: SlackDestination) {
    return messageOf(delivery, this.installations.grants(installationId, 'chat:write.customize'));
  }

  /** Where to post; a group is opened first, which posts nothing and is idempotent, so no end of it is in doubt. */
  private async placeOf({ to, connection, permission }: Try): Promise<{ channel: string; remembered: boolean } | AttemptEnd> {
    if (to.channel !== undefined) return { channel: to.channel, remembered: false };
    const known = await this.conversations.known(to);
    if (known !== undefined) return { channel: known, remembered: true };
    const opened = await this.conversations.open(connection.client, to, (method) => permission.toCall(method));
    if ('channel' in opened) return { channel: opened.channel, remembered: false };
    if ('waitMs' in opened) return { kind: 'not_written', why: 'pace', waitMs: opened.waitMs };
    return withoutDoubt(this.answers.end('conversations.open', to.installationId, opened.refusal));
  }
}

/** The lease or the time to tell it may end before the call would. */
function write({ toWrite }: Permission): void {
  if (!toWrite()) throw new Error('not to be written any more');
}

function again(end: AttemptEnd): Extract<AttemptEnd, { kind: 'retry' }> {
  const { error, advice, facts } = end as Extract<AttemptEnd, { kind: 'refused' }>;
  return { kind: 'retry', error, advice, facts, delayMs: 0 };
}

function invalidBlocks({ content, op }: Claimed): AttemptEnd | undefined {
  if (!content.slack || op === 'delete') return undefined;
  const [first, ...more] = validateBlocks(content.slack.blocks);
  if (!first) return undefined;
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return { kind: 'refused', error: 'invalid_blocks', advice: `slack.${first.path} ${first.message}${others}; the producer has to change it.`, facts: {} };
}
