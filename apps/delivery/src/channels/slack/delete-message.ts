// Deletes the message of a retracted delivery, and its files. Guarantees: a deletion may be repeated without harm, so
// its end is never in doubt; what Slack does not let us delete is named in the result.
import type { Remark, SendResult } from '../../model/send-result.ts';
import { withoutDoubt } from './answers.ts';
import { deleteFiles, filesRemain } from './files/delete-files.ts';
import { write, type SlackAttempt } from './slack-attempt.ts';
import type { SlackParts } from './slack-parts.ts';
import { slackMessage } from './slack-message-ref.ts';

/** Slack does not return the ts of a message with files; `files.info` shows it, which needs the scope `files:read`. */
const messageRemains: Remark = {
  error: 'message_unknown',
  advice:
    'The files were deleted as far as Slack permits. The text stays, because Slack did not return the ts of the message.',
};

export class DeleteMessage {
  constructor(private readonly parts: SlackParts) {}

  async delete(one: SlackAttempt): Promise<SendResult> {
    const { delivery, to, connection, guard } = one;
    const own = slackMessage(delivery.ownMessage);
    // The message shows a newer version.
    if (!own && delivery.collapseSlot !== null) return { kind: 'delivered', facts: {} };
    const files = await this.deleteFiles(one);
    if ('end' in files) return files.end;
    if (!own) return files.none ? { kind: 'delivered', facts: {} } : { kind: 'refused', ...messageRemains, facts: {} };
    const waitMs = guard.reserve('chat.delete');
    if (waitMs > 0) return { kind: 'not_written', why: 'pace', waitMs };
    const answer = await connection.client.call('chat.delete', { ...own }, { onWrite: () => write(guard) });
    if (answer.ok)
      return {
        kind: 'delivered',
        facts: this.parts.answers.facts(answer),
        ...(files.remark && { remark: files.remark }),
      };
    return withoutDoubt(this.parts.answers.end('chat.delete', to.installationId, answer));
  }

  /** The files go first: while the message is still there, an interrupted attempt is repeated. */
  private async deleteFiles({
    delivery,
    to: { installationId },
    connection,
    guard,
  }: SlackAttempt): Promise<{ none: boolean; remark?: Remark } | { end: SendResult }> {
    const files = await this.parts.attachments.uploaded(delivery.deliveryId);
    if (files.length === 0) return { none: true };
    if (!this.parts.installations.can(installationId, 'attach_files'))
      return { none: false, remark: filesRemain(files.map(({ title }) => `${title} (files:write was not granted)`)) };
    const deleted = await deleteFiles({
      client: connection.client,
      installationId,
      files,
      reserve: guard.reserve,
      answers: this.parts.answers,
    });
    return 'end' in deleted ? deleted : { none: false, ...deleted };
  }
}
