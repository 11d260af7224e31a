// Sends deliveries as Slack messages. Guarantees: an attempt makes at most one call that a recipient notices, and the
// message carries the delivery's id, so that the history shows later whether it was posted; a newer notification with
// the same collapse key changes the message that is shown, and a retraction deletes it; every answer of Slack becomes
// a SendResult.
import type { Content, Destination, SlackDestination } from '@carillon/domain';
import type { DigestItem } from '@carillon/content/digest';
import {
  methodLimitOf,
  renderDigest,
  validateBlocks,
  type FailureKind,
  SlackClient,
  type SlackAnswer,
} from '@carillon/slack';
import { notAttached, type NotAttached } from './files/not-attached.ts';
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';
import { isRepeatable } from '../../model/claimed-delivery.ts';
import type { LaneLimits } from '../../model/lane-limits.ts';
import type { QueuePlace } from '../../model/queue-place.ts';
import { fileOpener } from '../../files/open-file.ts';
import type { ProbedFor } from '../../model/probed-for.ts';
import type { Channel, DigestOptions } from '../channel.ts';
import type { ChannelDependencies } from '../dependencies.ts';
import type { SendResult, ReconcileResult, SendGuard, Remark } from '../../model/send-result.ts';
import { Answers, again, withoutDoubt, type Refusal } from './answers.ts';
import { Attachments, type Attached } from './files/attachments.ts';
import { Conversations } from './conversations.ts';
import { deleteFiles, filesRemain } from './files/delete-files.ts';
import { conversationOf, findInHistory } from './history.ts';
import type { Installations } from './installations.ts';
import { messageOf, type MessageArguments } from './message.ts';
import { SlackConnections, type Connection } from './slack-connections.ts';
import { messageRef, slackMessage, type SlackMessageRef } from './slack-message-ref.ts';
import { slackPlace } from './slack-place.ts';

/** Slack does not return the ts of a message with files; `files.info` shows it, which needs the scope `files:read`. */
const messageRemains: Remark = {
  error: 'message_unknown',
  advice:
    'The files were deleted as far as Slack permits. The text stays, because Slack did not return the ts of the message.',
};

/** A probe says soon whether Slack answers. */
const longestProbeMs = 5_000;

const unreachable: ReadonlySet<string> = new Set([
  'connect_refused',
  'connect_timeout',
  'connect_failed',
  'dns_failed',
  'tls_failed',
]);

/** A refusal is one, too. */
const isAnswer = (answer: SlackAnswer<unknown>): boolean =>
  answer.ok || (answer.failure.sent === 'no' && answer.failure.kind !== 'unreachable');

const addedLater = 'Files cannot be added to a message that was posted before.';

interface Place {
  channel: string;
  /** Of an earlier delivery: the message may have been deleted meanwhile. */
  remembered: boolean;
}

type ToPost = Exclude<Attached, { end: SendResult }>;
type Refused = Extract<SendResult, { kind: 'refused' }>;

/** The message was deleted, or cannot be changed any more: the newer version is posted as a new message. */
const nothingToChange = new Set<FailureKind>(['message_gone', 'conversation_unknown']);

interface FailedPost {
  one: Try;
  place: Place;
  method: string;
  answer: Refusal;
}

interface Try {
  delivery: ClaimedDelivery;
  to: SlackDestination;
  connection: Connection;
  guard: SendGuard;
  /** The app has joined the channel in this attempt. */
  joined?: boolean;
  /** Slack refused the first rendering. */
  plain?: boolean;
}

/** What a producer wrote for Slack itself has no other rendering. */
const mayBePlainer = ({ delivery, plain }: Try): boolean => !plain && !delivery.content.slack;

export function createSlackChannel({ config, pool, tokens, installations }: ChannelDependencies): SlackChannel {
  const connections = new SlackConnections(tokens, {
    slackUrl: config.SLACK_URL,
    callTimeoutMs: config.CALL_TIMEOUT_MS,
  });
  const answers = new Answers(tokens);
  const openFile = fileOpener({
    mostBytes: config.FILE_MOST_BYTES,
    timeoutMs: config.FILE_TIMEOUT_MS,
    trustedHosts: config.FILE_TRUSTED_HOSTS,
  });
  const uploading = { atOnce: config.FILES_AT_ONCE, timeoutMs: config.FILE_TIMEOUT_MS };
  const attachments = new Attachments(pool, openFile, uploading, installations, answers);
  return new SlackChannel(
    connections,
    installations,
    new Conversations(pool),
    attachments,
    answers,
    slackLimits(config),
    new SlackClient({ slackUrl: config.SLACK_URL, timeoutMs: Math.min(config.CALL_TIMEOUT_MS, longestProbeMs) }),
  );
}

const slackLimits = (config: ChannelDependencies['config']): LaneLimits => ({
  posting: {
    perMinute: config.WORKSPACE_PER_MINUTE,
    burst: config.WORKSPACE_BURST,
    mostPerMinute: config.WORKSPACE_MOST_PER_MINUTE,
  },
  perChannel: { perSecond: config.CHANNEL_PER_SECOND, burst: config.CHANNEL_BURST },
  callsAtOnce: config.SENDS_PER_PROCESS,
  methods: { create: 'chat.postMessage', update: 'chat.update', delete: 'chat.delete' },
  callsPerMinute: (method) => methodLimitOf(method).perMinute,
});

export class SlackChannel implements Channel {
  readonly unreachable = unreachable;

  constructor(
    private readonly connections: SlackConnections,
    private readonly installations: Installations,
    private readonly conversations: Conversations,
    private readonly attachments: Attachments,
    private readonly answers: Answers,
    readonly limits: LaneLimits,
    private readonly prober?: SlackClient,
  ) {}

  laneOf(_tenantId: string, to: Destination): QueuePlace {
    return slackPlace(to as SlackDestination);
  }

  foreignBecause(tenantId: string, to: Destination): string | undefined {
    const { installationId, teamId } = to as SlackDestination;
    return this.installations.isForeign(tenantId, { installationId, teamId })
      ? `installation ${installationId} with workspace ${teamId} is not tenant ${tenantId}'s`
      : undefined;
  }

  renderDigest(items: readonly DigestItem[], options: DigestOptions): Pick<Content, 'slack'> {
    return { slack: { blocks: renderDigest(items, options).blocks } };
  }

  /** The installation works again. */
  restored(installationId: string): void {
    this.connections.restored(installationId);
  }

  async send(delivery: ClaimedDelivery, guard: SendGuard): Promise<SendResult> {
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
    const problem = invalidBlocks(delivery, this.installations.grants(to.installationId, 'files:write'));
    if (problem) return problem;
    const connection = await this.connections.connection(to.installationId, delivery.tenantId);
    if ('why' in connection) return { kind: 'not_written', ...connection };
    const one: Try = { delivery, to, connection, guard };
    if (delivery.op === 'delete') return this.takeBack(one);
    const shown = slackMessage(delivery.shownMessage);
    return shown ? this.change(one, shown) : this.post(one);
  }

  /** `api.test`, or `auth.test` with the token of the delivery's installation: a workspace can be away alone. */
  async probe(delivery?: ProbedFor): Promise<boolean> {
    if (!delivery) return !this.prober || isAnswer(await this.prober.call('api.test'));
    const { installationId } = delivery.destination as SlackDestination;
    const connection = await this.connections.connection(installationId, delivery.tenantId);
    return 'why' in connection || isAnswer(await connection.client.call('auth.test'));
  }

  async reconcile(delivery: ClaimedDelivery, { reserve }: Pick<SendGuard, 'reserve'>): Promise<ReconcileResult> {
    // Changing or deleting a message twice has the effect of doing it once, so it need not be known.
    if (isRepeatable(delivery)) return { kind: 'cannot_know' };
    const to = delivery.destination as SlackDestination;
    const withFiles =
      (delivery.content.files ?? []).length > 0 && this.installations.grants(to.installationId, 'files:write');
    if (!withFiles && !this.installations.mayReadHistory(to)) return { kind: 'cannot_know' };
    const connection = await this.connections.connection(to.installationId, delivery.tenantId);
    if ('why' in connection) return { kind: 'later', afterMs: connection.holdMs };
    const channel = await conversationOf(
      { client: connection.client, conversations: this.conversations, reserve },
      to,
      delivery,
    );
    if (typeof channel !== 'string') return channel;
    const found = withFiles
      ? await this.attachments.find(delivery, to, { client: connection.client, reserve }, channel)
      : undefined;
    if (found) return found;
    if (!this.installations.mayReadHistory(to)) return { kind: 'cannot_know' };
    return findInHistory({ client: connection.client, channel, reserve }, to, delivery);
  }

  private async post(one: Try): Promise<SendResult> {
    const { delivery, to, connection, guard } = one;
    const waitMs = guard.reserve('chat.postMessage');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const attached = await this.attachments.prepare(delivery, to, connection.client, guard);
    if ('end' in attached) return attached.end;
    const place = await this.placeOf(one, attached.files.length > 0);
    if ('kind' in place) return place;
    if (attached.files.length === 0) return this.postPlainly(one, place, attached.notAttached);
    return this.postWithFiles(one, place, attached);
  }

  private async postWithFiles(one: Try, place: Place, { files, notAttached }: ToPost): Promise<SendResult> {
    const { delivery, to, connection, guard } = one;
    const message = await this.message(one, notAttached, true);
    const posted = await this.attachments.post({
      client: connection.client,
      delivery,
      to,
      channel: place.channel,
      files,
      message,
      guard,
    });
    if ('without' in posted) return this.postPlainly(one, place, [...notAttached, ...posted.without]);
    if (!('failed' in posted)) return posted;
    return this.afterFailure({ one, place, method: 'files.completeUploadExternal', answer: posted.failed }, (again) =>
      this.postWithFiles(again, place, { files, notAttached }),
    );
  }

  private async postPlainly(one: Try, place: Place, notAttached: readonly NotAttached[]): Promise<SendResult> {
    const { delivery, to, connection, guard } = one;
    const parent = slackMessage(delivery.threadParent);
    const answer = await connection.client.call<{ channel: string; ts: string; message?: { thread_ts?: string } }>(
      'chat.postMessage',
      {
        channel: place.channel,
        ...(parent && { thread_ts: parent.ts }),
        ...(await this.message(one, notAttached)),
      },
      { onWrite: () => write(guard) },
    );
    if (answer.ok) {
      const { channel, ts, message } = answer.body;
      // Slack posts a reply to a deleted message outside of the thread, and its answer then has no thread.
      const outsideThread = delivery.threadParent !== null && message !== undefined && message.thread_ts === undefined;
      return {
        kind: 'delivered',
        facts: this.answers.facts(answer),
        ref: messageRef(to.teamId, { channel, ts }),
        channelId: channel,
        ...(outsideThread && { outsideThread }),
      };
    }
    return this.afterFailure({ one, place, method: 'chat.postMessage', answer }, (again) =>
      this.postPlainly(again, place, notAttached),
    );
  }

  /**
   * Some refusals have a remedy: joining the channel, a plainer rendering, posting outside of a thread that does not
   * exist any more, opening a conversation again.
   *
   * @param postAgain posts once more within the same attempt, for each remedy at most once
   */
  private async afterFailure(
    { one, place, method, answer }: FailedPost,
    postAgain: (one: Try) => Promise<SendResult>,
  ): Promise<SendResult> {
    const { delivery, to } = one;
    const { kind } = answer.failure;
    const end = this.answers.end(method, to.installationId, answer);
    if (end.kind !== 'refused') return end;
    if (kind === 'not_a_member' && !one.joined && this.mayJoin(to))
      return (await this.join(one, place, end)) ?? postAgain({ ...one, joined: true });
    if (kind === 'rendering_refused' && mayBePlainer(one)) return postAgain({ ...one, plain: true });
    if (delivery.threadParent && kind === 'thread_gone') return { ...again(end), missing: 'threadParent' };
    if (kind !== 'conversation_unknown' || !place.remembered) return end;
    await this.conversations.forget(to);
    return again(end);
  }

  private mayJoin({ surface, installationId }: SlackDestination): boolean {
    return surface === 'channel' && this.installations.grants(installationId, 'channels:join');
  }

  /**
   * Undefined: the app is in the channel now. Nothing was posted before the refusal, so the same attempt may post once
   * more.
   */
  private async join(
    { to, connection, guard }: Try,
    { channel }: Place,
    refused: Refused,
  ): Promise<SendResult | undefined> {
    const waitMs = guard.reserve('conversations.join');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const joined = await connection.client.call('conversations.join', { channel });
    if (joined.ok) return undefined;
    const end = withoutDoubt(this.answers.end('conversations.join', to.installationId, joined));
    return end.kind === 'refused' ? refused : end;
  }

  private async change(one: Try, shown: SlackMessageRef): Promise<SendResult> {
    const { delivery, to, connection, guard } = one;
    const waitMs = guard.reserve('chat.update');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const {
      username: _name,
      icon_url: _icon,
      unfurl_links: _links,
      unfurl_media: _media,
      ...message
    } = await this.message(
      one,
      (delivery.content.files ?? []).map((file) => notAttached(file, addedLater)),
    );
    const answer = await connection.client.call(
      'chat.update',
      { ...shown, ...message },
      { onWrite: () => write(guard) },
    );
    if (answer.ok) return { kind: 'delivered', facts: this.answers.facts(answer), ref: messageRef(to.teamId, shown) };
    if (answer.failure.kind === 'rendering_refused' && mayBePlainer(one))
      return this.change({ ...one, plain: true }, shown);
    const end = withoutDoubt(this.answers.end('chat.update', to.installationId, answer));
    return nothingToChange.has(answer.failure.kind) ? { ...again(end), missing: 'shownMessage' } : end;
  }

  private async takeBack({ delivery, to, connection, guard }: Try): Promise<SendResult> {
    const own = slackMessage(delivery.ownMessage);
    // The message shows a newer version.
    if (!own && delivery.collapseSlot !== null) return { kind: 'delivered', facts: {} };
    const files = await this.takeBackFiles({ delivery, to, connection, guard });
    if ('end' in files) return files.end;
    if (!own) return files.none ? { kind: 'delivered', facts: {} } : { kind: 'refused', ...messageRemains, facts: {} };
    const waitMs = guard.reserve('chat.delete');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const answer = await connection.client.call('chat.delete', { ...own }, { onWrite: () => write(guard) });
    if (answer.ok)
      return { kind: 'delivered', facts: this.answers.facts(answer), ...(files.remark && { remark: files.remark }) };
    return withoutDoubt(this.answers.end('chat.delete', to.installationId, answer));
  }

  /** The files go first: while the message is still there, an interrupted attempt is repeated. */
  private async takeBackFiles({
    delivery,
    to: { installationId },
    connection,
    guard,
  }: Try): Promise<{ none: boolean; remark?: Remark } | { end: SendResult }> {
    const files = await this.attachments.uploaded(delivery);
    if (files.length === 0) return { none: true };
    if (!this.installations.grants(installationId, 'files:write'))
      return { none: false, remark: filesRemain(files.map(({ title }) => `${title} (files:write was not granted)`)) };
    const deleted = await deleteFiles({
      client: connection.client,
      installationId,
      files,
      reserve: guard.reserve,
      answers: this.answers,
    });
    return 'end' in deleted ? deleted : { none: false, ...deleted };
  }

  private message(
    { delivery, to: { installationId }, plain = false }: Try,
    notAttached: readonly NotAttached[],
    withFiles = false,
  ): Promise<MessageArguments> {
    const mayCustomize = this.installations.grants(installationId, 'chat:write.customize');
    return messageOf(delivery, { mayCustomize, notAttached, plain, withFiles });
  }

  /**
   * The channel to post to. A conversation is opened first where needed. Opening posts nothing and may be repeated, so
   * it has no unknown end.
   */
  private async placeOf({ delivery, to, connection, guard }: Try, byItsOwnId: boolean): Promise<Place | SendResult> {
    const parent = slackMessage(delivery.threadParent);
    if (parent) return { channel: parent.channel, remembered: false };
    if (to.channel !== undefined && (to.surface === 'channel' || !byItsOwnId))
      return { channel: to.channel, remembered: false };
    const known = await this.conversations.known(to);
    if (known !== undefined) return { channel: known, remembered: true };
    const opened = await this.conversations.open(connection.client, to, guard.reserve);
    if ('channel' in opened) return { channel: opened.channel, remembered: false };
    if ('waitMs' in opened) return { kind: 'not_written', why: 'pace', waitMs: opened.waitMs };
    return withoutDoubt(this.answers.end('conversations.open', to.installationId, opened.refusal));
  }
}

/** The lease or the delivery may expire before the call ends. */
function write({ canSend }: SendGuard): void {
  if (!canSend()) throw new Error('not to be written any more');
}

function invalidBlocks({ content, op }: ClaimedDelivery, attachesFiles: boolean): SendResult | undefined {
  if (!content.slack || op === 'delete') return undefined;
  const [first, ...more] = validateBlocks(content.slack.blocks, {
    ours: op === 'digest',
    withFiles: attachesFiles && (content.files ?? []).length > 0,
  });
  if (!first) return undefined;
  const others = more.length > 0 ? ` (and ${more.length} more)` : '';
  return {
    kind: 'refused',
    error: 'invalid_blocks',
    advice: `slack.${first.path} ${first.message}${others}; the producer has to change it.`,
    facts: {},
  };
}
