// Sends deliveries as Slack messages. Guarantees: an attempt makes at most one call that a recipient notices, and the
// message carries the delivery's id, so that the history shows later whether it was posted; a newer notification with
// the same collapse key changes the message that is shown, and a retraction deletes it; every answer of Slack becomes
// a SendResult.
import type { Content, Destination, SlackDestination } from '@carillon/domain';
import type { DigestItem } from '@carillon/content/digest';
import { methodLimitOf, renderDigest, validateBlocks, SlackClient, type SlackAnswer } from '@carillon/slack';
import { isRepeatable, type ClaimedDelivery } from '../../model/claimed-delivery.ts';
import type { LaneLimits } from '../../model/lane-limits.ts';
import type { QueuePlace } from '../../model/queue-place.ts';
import { fileOpener } from '../../files/open-file.ts';
import type { ProbedFor } from '../../model/probed-for.ts';
import type { Channel, DigestOptions } from '../channel.ts';
import type { ChannelDependencies } from '../dependencies.ts';
import type { SendResult, ReconcileResult, SendGuard } from '../../model/send-result.ts';
import { Answers } from './answers.ts';
import { ChangeMessage } from './change-message.ts';
import { Conversations } from './conversations.ts';
import { DeleteMessage } from './delete-message.ts';
import { Attachments } from './files/attachments.ts';
import { conversationOf, findInHistory } from './history.ts';
import type { Installations } from './installations.ts';
import { PostMessage } from './post-message.ts';
import { withRemarks, type SlackAttempt } from './slack-attempt.ts';
import type { SlackParts } from './slack-parts.ts';
import { SlackClock } from './slack-clock.ts';
import { SlackConnections } from './slack-connections.ts';
import { slackMessage } from './slack-message-ref.ts';
import { slackPlace } from './slack-place.ts';

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

export function createSlackChannel({ config, pool, tokens, installations }: ChannelDependencies): SlackChannel {
  const connections = new SlackConnections(tokens, {
    slackUrl: config.SLACK_URL,
    callTimeoutMs: config.CALL_TIMEOUT_MS,
  });
  const answers = new Answers(tokens);
  const conversations = new Conversations(pool);
  const openFile = fileOpener({
    mostBytes: config.FILE_MOST_BYTES,
    timeoutMs: config.FILE_TIMEOUT_MS,
    trustedHosts: config.FILE_TRUSTED_HOSTS,
  });
  const uploading = { atOnce: config.FILES_AT_ONCE, timeoutMs: config.FILE_TIMEOUT_MS };
  const attachments = new Attachments(pool, openFile, uploading, installations, answers);
  return new SlackChannel(
    connections,
    { installations, conversations, attachments, answers },
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
  private readonly installations: Installations;
  private readonly poster: PostMessage;
  private readonly changer: ChangeMessage;
  private readonly deleter: DeleteMessage;
  private readonly clock = new SlackClock();

  constructor(
    private readonly connections: SlackConnections,
    private readonly parts: SlackParts,
    readonly limits: LaneLimits,
    private readonly prober?: SlackClient,
  ) {
    this.installations = parts.installations;
    this.poster = new PostMessage(parts);
    this.changer = new ChangeMessage(parts);
    this.deleter = new DeleteMessage(parts);
  }

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
    const problem = invalidBlocks(delivery, this.installations.can(to.installationId, 'attach_files'));
    if (problem) return problem;
    const connection = await this.connections.connection(to.installationId, delivery.tenantId);
    if ('why' in connection) return { kind: 'not_written', ...connection };
    const one: SlackAttempt = { delivery, to, connection, guard, remarks: new Map() };
    if (delivery.op === 'delete') return this.deleter.delete(one);
    const shown = slackMessage(delivery.shownMessage);
    const result = await (shown ? this.changer.change(one, shown) : this.poster.post(one));
    return withRemarks(result, one.remarks);
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
    const { attachments, conversations } = this.parts;
    const files = await attachments.uploaded(delivery.deliveryId);
    if (files.length === 0 && !this.installations.mayReadHistory(to)) return { kind: 'cannot_know' };
    const connection = await this.connections.connection(to.installationId, delivery.tenantId);
    if ('why' in connection) return { kind: 'later', afterMs: connection.holdMs };
    const channel = await conversationOf({ client: connection.client, conversations, reserve }, to, delivery);
    if (typeof channel !== 'string') return channel;
    if (files.length > 0) return attachments.find(files, to, { client: connection.client, reserve }, channel);
    if (!this.installations.mayReadHistory(to)) return { kind: 'cannot_know' };
    return findInHistory({ client: connection.client, channel, reserve, clock: this.clock }, to, delivery);
  }
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
