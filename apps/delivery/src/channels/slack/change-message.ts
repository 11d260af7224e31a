// Changes the message that a delivery of the same collapse group posted. Guarantees: a change may be repeated without
// harm, so its end is never in doubt; a message that does not exist any more is posted anew by the next attempt.
import type { FailureKind } from '@carillon/slack';
import type { SendResult } from '../../model/send-result.ts';
import { again, withoutDoubt } from './answers.ts';
import { notAttached } from './files/not-attached.ts';
import { mayBePlainer, messageIn, write, type SlackAttempt } from './slack-attempt.ts';
import type { SlackParts } from './slack-parts.ts';
import { messageRef, type SlackMessageRef } from './slack-message-ref.ts';

/** The message was deleted, or cannot be changed any more: the newer version is posted as a new message. */
const nothingToChange = new Set<FailureKind>(['message_gone', 'conversation_unknown']);

const addedLater = 'Files cannot be added to a message that was posted before.';

export class ChangeMessage {
  constructor(private readonly parts: SlackParts) {}

  async change(one: SlackAttempt, shown: SlackMessageRef): Promise<SendResult> {
    const { delivery, to, connection, guard } = one;
    const waitMs = guard.reserve('chat.update');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const {
      username: _name,
      icon_url: _icon,
      unfurl_links: _links,
      unfurl_media: _media,
      ...message
    } = await messageIn(
      one,
      this.parts.installations,
      (delivery.content.files ?? []).map((file) => notAttached(file, addedLater)),
    );
    const answer = await connection.client.call(
      'chat.update',
      { ...shown, ...message },
      { onWrite: () => write(guard) },
    );
    if (answer.ok)
      return {
        kind: 'delivered',
        facts: this.parts.answers.facts(answer),
        ref: messageRef(to.teamId, shown),
        changed: true,
      };
    if (answer.failure.kind === 'rendering_refused' && mayBePlainer(one))
      return this.change({ ...one, plain: true }, shown);
    const end = withoutDoubt(this.parts.answers.end('chat.update', to.installationId, answer));
    return nothingToChange.has(answer.failure.kind) ? { ...again(end), missing: 'shownMessage' } : end;
  }
}
