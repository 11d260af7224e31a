// Deliveries as Slack messages. Promises: at most one call per attempt that tells somebody something, marked with the
// delivery's id so that a later look into the history can tell whether it was posted; a newer version of a matter
// changes the message that stands, a retraction deletes it; every answer of Slack becomes one of the ends the ledger
// knows.
import type { SlackDestination } from '@carillon/domain';
import { validateBlocks, type FailureKind } from '@carillon/slack';
import { notAttached, type NotAttached } from '../../files/not-attached.ts';
import type { Claimed } from '../../ledger/claims.ts';
import { isRepeatable } from '../../ledger/settle.ts';
import type { AttemptEnd, Channel, Finding, Permission, Remark } from '../channel.ts';
import { again, withoutDoubt, type Answers, type Refusal } from './answers.ts';
import type { Attached, Attachments } from './attachments.ts';
import type { Conversations } from './conversations.ts';
import { deleteFiles, filesRemain } from './delete-files.ts';
import { conversationOf, findInHistory } from './history.ts';
import type { Installations } from './installations.ts';
import { messageOf, type MessageArguments } from './message.ts';
import type { Connection, SlackConnections } from './slack-connections.ts';

/** Files are posted without Slack telling the message's ts, which only `files:read` shows. */
const messageRemains: Remark = {
  error: 'message_unknown',
  advice:
    'The files were taken back as far as Slack lets us; the text stays, because Slack never told where the message stands.',
};

const addedLater = 'Files cannot be added to a message that stands.';

interface Place {
  channel: string;
  /** From an earlier delivery: it may be gone by now. */
  remembered: boolean;
}

type ToPost = Exclude<Attached, { end: AttemptEnd }>;
type Refused = Extract<AttemptEnd, { kind: 'refused' }>;

/** The message is gone, or may not be changed any more: the newer version is posted anew. */
const nothingToChange = new Set<FailureKind>(['message_gone', 'conversation_unknown']);

interface FailedPost {
  one: Try;
  place: Place;
  method: string;
  answer: Refusal;
}

interface Try {
  delivery: Claimed;
  to: SlackDestination;
  connection: Connection;
  permission: Permission;
}

export class SlackChannel implements Channel {
  constructor(
    private readonly connections: SlackConnections,
    private readonly installations: Installations,
    private readonly conversations: Conversations,
    private readonly attachments: Attachments,
    private readonly answers: Answers,
  ) {}

  /** The installation works again. */
  restored(installationId: string): void {
    this.connections.restored(installationId);
  }

  async deliver(delivery: Claimed, permission: Permission): Promise<AttemptEnd> {
    const to = delivery.destination as SlackDestination;
    if (this.installations.hasEnded(to.installationId)) {
      return { kind: 'refused', error: 'installation_disconnected', advice: 'An admin disconnected Slack.', facts: {} };
    }
    if (this.installations.isForeign(delivery.tenantId, to)) {
      return {
        kind: 'refused',
        error: 'foreign_address',
        advice: "The installation or its workspace is not the tenant's; nothing was sent.",
        facts: {},
      };
    }
    const problem = invalidBlocks(delivery);
    if (problem) return problem;
    const connection = await this.connections.connection(to.installationId, delivery.tenantId);
    if ('why' in connection) return { kind: 'not_written', ...connection };
    const one: Try = { delivery, to, connection, permission };
    if (delivery.op === 'delete') return this.takeBack(one);
    return delivery.current ? this.change(one, delivery.current) : this.post(one);
  }

  async reconcile(delivery: Claimed, { toCall }: Pick<Permission, 'toCall'>): Promise<Finding> {
    // Done twice it is still done once: there is nothing to find out.
    if (isRepeatable(delivery)) return { kind: 'cannot_know' };
    const to = delivery.destination as SlackDestination;
    const withFiles =
      (delivery.content.files ?? []).length > 0 && this.installations.grants(to.installationId, 'files:write');
    if (!withFiles && !this.installations.mayReadHistory(to)) return { kind: 'cannot_know' };
    const connection = await this.connections.connection(to.installationId, delivery.tenantId);
    if ('why' in connection) return { kind: 'later', afterMs: connection.holdMs };
    const channel = await conversationOf(
      { client: connection.client, conversations: this.conversations, toCall },
      to,
      delivery,
    );
    if (typeof channel !== 'string') return channel;
    const found = withFiles
      ? await this.attachments.find(delivery, to, { client: connection.client, toCall }, channel)
      : undefined;
    if (found) return found;
    if (!this.installations.mayReadHistory(to)) return { kind: 'cannot_know' };
    return findInHistory({ client: connection.client, channel, toCall }, to, delivery);
  }

  private async post(one: Try): Promise<AttemptEnd> {
    const { delivery, to, connection, permission } = one;
    const waitMs = permission.toCall('chat.postMessage');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const attached = await this.attachments.prepare(delivery, to, connection.client, permission);
    if ('end' in attached) return attached.end;
    const place = await this.placeOf(one, attached.files.length > 0);
    if ('kind' in place) return place;
    if (attached.files.length === 0) return this.postPlainly(one, place, attached.notAttached);
    return this.postWithFiles(one, place, attached);
  }

  private async postWithFiles(
    one: Try,
    place: Place,
    { files, notAttached }: ToPost,
    joined = false,
  ): Promise<AttemptEnd> {
    const { delivery, to, connection, permission } = one;
    const message = await this.message(delivery, to, notAttached);
    const posted = await this.attachments.post({
      client: connection.client,
      delivery,
      to,
      channel: place.channel,
      files,
      message,
      permission,
    });
    if ('without' in posted) return this.postPlainly(one, place, [...notAttached, ...posted.without]);
    if (!('failed' in posted)) return posted;
    return this.afterFailure(
      { one, place, method: 'files.completeUploadExternal', answer: posted.failed },
      joined ? undefined : () => this.postWithFiles(one, place, { files, notAttached }, true),
    );
  }

  private async postPlainly(
    one: Try,
    place: Place,
    notAttached: readonly NotAttached[],
    joined = false,
  ): Promise<AttemptEnd> {
    const { delivery, to, connection, permission } = one;
    const answer = await connection.client.call<{ channel: string; ts: string; message?: { thread_ts?: string } }>(
      'chat.postMessage',
      {
        channel: place.channel,
        ...(delivery.parent && { thread_ts: delivery.parent.ts }),
        ...(await this.message(delivery, to, notAttached)),
      },
      { onWrite: () => write(permission) },
    );
    if (answer.ok) {
      const { channel, ts, message } = answer.body;
      // Slack posts the answer to a message that was deleted as one of its own, and tells by leaving the thread out.
      const alone = delivery.parent !== null && message !== undefined && message.thread_ts === undefined;
      return {
        kind: 'delivered',
        facts: this.answers.facts(answer),
        slack: { teamId: to.teamId, channel, ts },
        ...(alone && { alone }),
      };
    }
    return this.afterFailure(
      { one, place, method: 'chat.postMessage', answer },
      joined ? undefined : () => this.postPlainly(one, place, notAttached, true),
    );
  }

  /**
   * Some refusals have a remedy: joining the channel, posting outside a thread that is gone, opening a conversation
   * again.
   *
   * @param postAgain within the same attempt; undefined where that was done already
   */
  private async afterFailure(
    { one, place, method, answer }: FailedPost,
    postAgain?: () => Promise<AttemptEnd>,
  ): Promise<AttemptEnd> {
    const { delivery, to } = one;
    const { kind } = answer.failure;
    const end = this.answers.end(method, to.installationId, answer);
    if (end.kind !== 'refused') return end;
    if (postAgain && kind === 'not_a_member' && this.mayJoin(to))
      return (await this.join(one, place, end)) ?? postAgain();
    if (delivery.parent && kind === 'thread_gone') return { ...again(end), gone: 'parent' };
    if (kind !== 'conversation_unknown' || !place.remembered) return end;
    await this.conversations.forget(to);
    return again(end);
  }

  private mayJoin({ surface, installationId }: SlackDestination): boolean {
    return surface === 'channel' && this.installations.grants(installationId, 'channels:join');
  }

  /**
   * Undefined: it is in the channel now. The refusal was before anything was posted, so the same attempt may try once
   * more.
   */
  private async join(
    { to, connection, permission }: Try,
    { channel }: Place,
    refused: Refused,
  ): Promise<AttemptEnd | undefined> {
    const waitMs = permission.toCall('conversations.join');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const joined = await connection.client.call('conversations.join', { channel });
    if (joined.ok) return undefined;
    const end = withoutDoubt(this.answers.end('conversations.join', to.installationId, joined));
    return end.kind === 'refused' ? refused : end;
  }

  private async change(
    { delivery, to, connection, permission }: Try,
    current: NonNullable<Claimed['current']>,
  ): Promise<AttemptEnd> {
    const waitMs = permission.toCall('chat.update');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const {
      username: _name,
      icon_url: _icon,
      unfurl_links: _links,
      unfurl_media: _media,
      ...message
    } = await this.message(
      delivery,
      to,
      (delivery.content.files ?? []).map((file) => notAttached(file, addedLater)),
    );
    const answer = await connection.client.call(
      'chat.update',
      { ...current, ...message },
      { onWrite: () => write(permission) },
    );
    if (answer.ok)
      return { kind: 'delivered', facts: this.answers.facts(answer), slack: { teamId: to.teamId, ...current } };
    const end = withoutDoubt(this.answers.end('chat.update', to.installationId, answer));
    return nothingToChange.has(answer.failure.kind) ? { ...again(end), gone: 'current' } : end;
  }

  private async takeBack({ delivery, to, connection, permission }: Try): Promise<AttemptEnd> {
    const { own } = delivery;
    // A newer version stands in its place.
    if (!own && delivery.collapseSlot !== null) return { kind: 'delivered', facts: {} };
    const files = await this.takeBackFiles({ delivery, to, connection, permission });
    if ('end' in files) return files.end;
    if (!own) return files.none ? { kind: 'delivered', facts: {} } : { kind: 'refused', ...messageRemains, facts: {} };
    const waitMs = permission.toCall('chat.delete');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const answer = await connection.client.call('chat.delete', { ...own }, { onWrite: () => write(permission) });
    if (answer.ok)
      return { kind: 'delivered', facts: this.answers.facts(answer), ...(files.remark && { remark: files.remark }) };
    return withoutDoubt(this.answers.end('chat.delete', to.installationId, answer));
  }

  /** Before the message: as long as it stands, a try that was cut short is made again. */
  private async takeBackFiles({
    delivery,
    to: { installationId },
    connection,
    permission,
  }: Try): Promise<{ none: boolean; remark?: Remark } | { end: AttemptEnd }> {
    const files = await this.attachments.uploaded(delivery);
    if (files.length === 0) return { none: true };
    if (!this.installations.grants(installationId, 'files:write'))
      return { none: false, remark: filesRemain(files.map(({ title }) => `${title} (files:write was not granted)`)) };
    const deleted = await deleteFiles({
      client: connection.client,
      installationId,
      files,
      toCall: permission.toCall,
      answers: this.answers,
    });
    return 'end' in deleted ? deleted : { none: false, ...deleted };
  }

  private message(
    delivery: Claimed,
    { installationId }: SlackDestination,
    notAttached: readonly NotAttached[],
  ): Promise<MessageArguments> {
    return messageOf(delivery, this.installations.grants(installationId, 'chat:write.customize'), notAttached);
  }

  /**
   * Where to post; what has to be opened is opened first, which posts nothing and is idempotent, so no end of it is in
   * doubt.
   */
  private async placeOf(
    { delivery, to, connection, permission }: Try,
    byItsOwnId: boolean,
  ): Promise<Place | AttemptEnd> {
    if (delivery.parent) return { channel: delivery.parent.channel, remembered: false };
    if (to.channel !== undefined && (to.surface === 'channel' || !byItsOwnId))
      return { channel: to.channel, remembered: false };
    const known = await this.conversations.known(to);
    if (known !== undefined) return { channel: known, remembered: true };
    const opened = await this.conversations.open(connection.client, to, permission.toCall);
    if ('channel' in opened) return { channel: opened.channel, remembered: false };
    if ('waitMs' in opened) return { kind: 'not_written', why: 'pace', waitMs: opened.waitMs };
    return withoutDoubt(this.answers.end('conversations.open', to.installationId, opened.refusal));
  }
}

/** The lease or the time to tell it may end before the call would. */
function write({ toWrite }: Permission): void {
  if (!toWrite()) throw new Error('not to be written any more');
}

function invalidBlocks({ content, op }: Claimed): AttemptEnd | undefined {
  if (!content.slack || op === 'delete') return undefined;
  const [first, ...more] = validateBlocks(content.slack.blocks, { ours: op === 'digest' });
  if (!first) return undefined;
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return {
    kind: 'refused',
    error: 'invalid_blocks',
    advice: `slack.${first.path} ${first.message}${others}; the producer has to change it.`,
    facts: {},
  };
}
