// Posts a message with its files. The files that can be attached are in the same message; the others are named in it.
// Guarantees: whichever step fails or gets no answer, the message is posted once, and no file prevents it for good.
import type { Pool } from 'pg';
import type { SlackDestination } from '@carillon/domain';
import type { SlackClient } from '@carillon/slack';
import { FileUploads, type FileUploadsSettings, type Wait } from './file-uploads.ts';
import { filesNotGranted, notAttached, type NotAttached } from './not-attached.ts';
import type { FileOfContent, OpenFile } from '../../../files/open-file.ts';
import { findPosted, postWithFiles } from './post-with-files.ts';
import type { UploadedFile } from './remembered-uploads.ts';
import type { SendResult, ReconcileResult, SendGuard } from '../../../model/send-result.ts';
import { again, withoutDoubt, type Answers, type Refusal } from '../answers.ts';
import type { Installations } from '../installations.ts';
import type { MessageArguments } from '../message.ts';
import { write, type SlackAttempt } from '../slack-attempt.ts';
import { messageRef, slackMessage } from '../slack-message-ref.ts';

/** How the message is posted: with files; or without, naming those that are not attached. */
export type Attached = { end: SendResult } | { files: UploadedFile[]; notAttached: NotAttached[] };

export interface PostWithFiles {
  /** The id of a conversation, never that of a person. */
  channel: string;
  files: UploadedFile[];
  /** The files that are to be attached, of which `files` could be uploaded. */
  wanted: readonly FileOfContent[];
  message: MessageArguments;
}

export class Attachments {
  private readonly uploads: FileUploads;

  constructor(
    pool: Pool,
    openFile: OpenFile,
    settings: FileUploadsSettings,
    private readonly installations: Installations,
    private readonly answers: Answers,
  ) {
    this.uploads = new FileUploads(pool, openFile, settings);
  }

  async prepare(
    { delivery, to, connection: { client }, guard }: SlackAttempt,
    files: readonly FileOfContent[],
  ): Promise<Attached> {
    const { deliveryId, tenantId, attempt } = delivery;
    const { reserve, releaseSlot, signal } = guard;
    if (files.length === 0) return { files: [], notAttached: [] };
    if (!this.installations.can(to.installationId, 'attach_files'))
      return { files: [], notAttached: filesNotGranted(files) };
    // A transfer may take long, and has slots of its own.
    releaseSlot();
    const prepared = await this.uploads.prepare({ deliveryId, tenantId, attempt, files }, client, reserve, signal);
    switch (prepared.kind) {
      case 'ready':
        return prepared;
      case 'wait':
        return { end: waiting(prepared) };
      case 'retry':
        return { end: prepared };
      case 'failed':
        return {
          end: withoutDoubt(this.answers.end('files.getUploadURLExternal', to.installationId, prepared.answer)),
        };
    }
  }

  /**
   * `without`: Slack refuses files, and the message is posted without them, with those that are `left`. `failed`: the
   * post itself failed.
   */
  async post(
    { delivery, to, connection: { client }, guard }: SlackAttempt,
    { channel, files, wanted, message }: PostWithFiles,
  ): Promise<SendResult | { without: NotAttached[]; left: UploadedFile[] } | { failed: Refusal }> {
    const { blocks, username, icon_url: iconUrl } = message;
    const parent = slackMessage(delivery.threadParent);
    const posted = await postWithFiles(
      client,
      {
        channel,
        files,
        said: { blocks: blocks as object[] },
        ...(parent && { threadTs: parent.ts }),
        ...(username !== undefined && { username }),
        ...(iconUrl !== undefined && { iconUrl }),
      },
      {
        reserve: guard.reserve,
        mayReadFiles: this.installations.can(to.installationId, 'see_shared_files'),
        onWrite: () => write(guard),
      },
    );
    switch (posted.kind) {
      case 'posted':
        return {
          kind: 'delivered',
          facts: this.answers.facts(posted.answer),
          // The ts is that of a share under this id, so Slack calls the channel that.
          ...(posted.ts !== undefined && {
            ref: messageRef(to.teamId, { channel, ts: posted.ts }),
            channelId: channel,
          }),
        };
      case 'wait':
        return waiting(posted);
      case 'gone':
        await this.uploads.forget(delivery.deliveryId);
        return again(this.answers.end('files.completeUploadExternal', to.installationId, posted.answer));
      case 'not_taken':
        return this.withoutRefused(delivery.deliveryId, { files, wanted }, posted.answer);
      case 'failed':
        return { failed: posted.answer };
    }
  }

  private async withoutRefused(
    deliveryId: string,
    { files, wanted }: Pick<PostWithFiles, 'files' | 'wanted'>,
    { failure: { kind, advice } }: Refusal,
  ): Promise<{ without: NotAttached[]; left: UploadedFile[] }> {
    const isImage = ({ n }: UploadedFile): boolean => wanted[n]!.contentType.startsWith('image/');
    const images = kind === 'images_only' ? files.filter(isImage) : [];
    const left = images.length < files.length ? images : [];
    const refused = files.filter((file) => !left.includes(file));
    await this.uploads.forgetSome(deliveryId, refused);
    return { without: refused.map(({ n }) => notAttached(wanted[n]!, advice)), left };
  }

  /** The files that the message was posted with, or is to be posted with. */
  uploaded(deliveryId: string): Promise<UploadedFile[]> {
    return this.uploads.remembered(deliveryId);
  }

  /** Whether a message with these files was posted. */
  async find(
    files: readonly UploadedFile[],
    to: SlackDestination,
    { client, reserve }: { client: SlackClient; reserve: SendGuard['reserve'] },
    channel: string,
  ): Promise<ReconcileResult> {
    if (!this.installations.can(to.installationId, 'see_shared_files')) return { kind: 'cannot_know' };
    const found = await findPosted(
      client,
      files.map(({ id }) => id),
      channel,
      reserve,
    );
    return found.kind === 'found' ? { kind: 'found', ref: messageRef(to.teamId, { channel, ts: found.ts }) } : found;
  }
}

function waiting({ method, ms, limitedBy }: Wait): SendResult {
  if (!limitedBy) return { kind: 'not_written', why: 'pace', waitMs: ms };
  const { code, advice } = limitedBy;
  return { kind: 'retry', error: code, advice, facts: {}, delayMs: ms, limited: method };
}
