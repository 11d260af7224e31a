// Posts the message of a delivery, with the files that can be attached. Guarantees: an attempt makes at most one call
// that a recipient notices, and of those that Slack refuses only what has a remedy is made once more; what the message
// lacks is named in it and in the attempt's remarks.
import type { SlackDestination } from '@carillon/domain';
import type { FileOfContent } from '../../files/open-file.ts';
import type { SendResult } from '../../model/send-result.ts';
import { again, withoutDoubt, type Refusal } from './answers.ts';
import type { Attached } from './files/attachments.ts';
import type { NotAttached } from './files/not-attached.ts';
import { mayBePlainer, messageIn, write, type SlackAttempt } from './slack-attempt.ts';
import type { SlackParts } from './slack-parts.ts';
import { messageRef, slackMessage } from './slack-message-ref.ts';
import { wholeTextOf } from './whole-text.ts';

interface Place {
  channel: string;
  /** Of an earlier delivery: the message may have been deleted meanwhile. */
  remembered: boolean;
}

type ToPost = Exclude<Attached, { end: SendResult }> & { wanted: readonly FileOfContent[] };
type Refused = Extract<SendResult, { kind: 'refused' }>;

interface FailedPost {
  one: SlackAttempt;
  place: Place;
  method: string;
  answer: Refusal;
}

export class PostMessage {
  constructor(private readonly parts: SlackParts) {}

  async post(one: SlackAttempt): Promise<SendResult> {
    const { delivery, guard } = one;
    const waitMs = guard.reserve('chat.postMessage');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const wanted = [...(delivery.content.files ?? []), ...(await wholeTextOf(one, this.parts))];
    const attached = await this.parts.attachments.prepare(one, wanted);
    if ('end' in attached) return attached.end;
    const place = await this.placeOf(one, attached.files.length > 0);
    if ('kind' in place) return place;
    if (attached.files.length === 0) return this.postPlainly(one, place, attached.notAttached);
    return this.postWithFiles(one, place, { ...attached, wanted });
  }

  private async postWithFiles(one: SlackAttempt, place: Place, toPost: ToPost): Promise<SendResult> {
    const { files, wanted, notAttached } = toPost;
    const message = await messageIn(one, this.parts.installations, notAttached, true);
    const posted = await this.parts.attachments.post(one, { channel: place.channel, files, wanted, message });
    if ('without' in posted) {
      const named = [...notAttached, ...posted.without];
      return posted.left.length === 0
        ? this.postPlainly(one, place, named)
        : this.postWithFiles(one, place, { files: posted.left, wanted, notAttached: named });
    }
    if (!('failed' in posted)) return posted;
    return this.afterFailure({ one, place, method: 'files.completeUploadExternal', answer: posted.failed }, (again) =>
      this.postWithFiles(again, place, toPost),
    );
  }

  private async postPlainly(one: SlackAttempt, place: Place, notAttached: readonly NotAttached[]): Promise<SendResult> {
    const { delivery, to, connection, guard } = one;
    const parent = slackMessage(delivery.threadParent);
    const answer = await connection.client.call<{ channel: string; ts: string; message?: { thread_ts?: string } }>(
      'chat.postMessage',
      {
        channel: place.channel,
        ...(parent && { thread_ts: parent.ts }),
        ...(await messageIn(one, this.parts.installations, notAttached)),
      },
      { onWrite: () => write(guard) },
    );
    if (answer.ok) {
      const { channel, ts, message } = answer.body;
      // Slack posts a reply to a deleted message outside of the thread, and its answer then has no thread.
      const outsideThread = delivery.threadParent !== null && message !== undefined && message.thread_ts === undefined;
      return {
        kind: 'delivered',
        facts: this.parts.answers.facts(answer),
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
    postAgain: (one: SlackAttempt) => Promise<SendResult>,
  ): Promise<SendResult> {
    const { delivery, to } = one;
    const { kind } = answer.failure;
    const end = this.parts.answers.end(method, to.installationId, answer);
    if (end.kind !== 'refused') return end;
    if (kind === 'not_a_member' && !one.joined && this.mayJoin(to))
      return (await this.join(one, place, end)) ?? postAgain({ ...one, joined: true });
    if (kind === 'rendering_refused' && mayBePlainer(one)) return postAgain({ ...one, plain: true });
    if (delivery.threadParent && kind === 'thread_gone') return { ...again(end), missing: 'threadParent' };
    if (kind !== 'conversation_unknown' || !place.remembered) return end;
    await this.parts.conversations.forget(to);
    return again(end);
  }

  private mayJoin({ surface, installationId }: SlackDestination): boolean {
    return surface === 'channel' && this.parts.installations.can(installationId, 'join_channels');
  }

  /**
   * Undefined: the app is in the channel now. Nothing was posted before the refusal, so the same attempt may post once
   * more.
   */
  private async join(
    { to, connection, guard, remarks }: SlackAttempt,
    { channel }: Place,
    refused: Refused,
  ): Promise<SendResult | undefined> {
    const waitMs = guard.reserve('conversations.join');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const joined = await connection.client.call('conversations.join', { channel });
    if (joined.ok) {
      remarks.set('joined_channel', 'The app joined the channel first.');
      return undefined;
    }
    const end = withoutDoubt(this.parts.answers.end('conversations.join', to.installationId, joined));
    return end.kind === 'refused' ? refused : end;
  }

  /**
   * The channel to post to. A conversation is opened first where needed. Opening posts nothing and may be repeated, so
   * it has no unknown end.
   */
  private async placeOf(
    { delivery, to, connection, guard }: SlackAttempt,
    byItsOwnId: boolean,
  ): Promise<Place | SendResult> {
    const parent = slackMessage(delivery.threadParent);
    if (parent) return { channel: parent.channel, remembered: false };
    if (to.channel !== undefined && (to.surface === 'channel' || !byItsOwnId))
      return { channel: to.channel, remembered: false };
    const known = await this.parts.conversations.known(to);
    if (known !== undefined) return { channel: known, remembered: true };
    const opened = await this.parts.conversations.open(connection.client, to, guard.reserve);
    if ('channel' in opened) return { channel: opened.channel, remembered: false };
    if ('waitMs' in opened) return { kind: 'not_written', why: 'pace', waitMs: opened.waitMs };
    return withoutDoubt(this.parts.answers.end('conversations.open', to.installationId, opened.refusal));
  }
}
