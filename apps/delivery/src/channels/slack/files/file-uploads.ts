// Uploads the files of a delivery to Slack, before the message is posted. Slack shows them to nobody until then.
// Guarantees: a file that was uploaded for a delivery is not uploaded again, whichever process continues with it; a
// file that cannot be attached never prevents the message; the bot token is not sent to the upload addresses.
import type { Pool } from 'pg';
import { Client } from 'undici';
import { resettingConnector, type SlackAnswer, type SlackClient, type SlackFailure } from '@carillon/slack';
import { checkpoint, createLogger } from '@carillon/telemetry';
import type { SendResult, SendGuard } from '../../../model/send-result.ts';
import { SlotPool } from '../../../model/slot-pool.ts';
import { later, refused, type FileFailure } from '../../../files/file-error.ts';
import { notAttached, type NotAttached } from './not-attached.ts';
import type { FileOfContent, OpenedFile, OpenFile } from '../../../files/open-file.ts';
import {
  forgetSome,
  forgetUploads,
  rememberedUploads,
  rememberUpload,
  type UploadedFile,
} from './remembered-uploads.ts';

export type SlackRefusal = Extract<SlackAnswer<unknown>, { ok: false }>;

/** Nothing was posted, and no attempt is counted. `limitedBy`: Slack refused the method for its rate limit. */
export interface Wait {
  kind: 'wait';
  method: string;
  ms: number;
  limitedBy?: Pick<SlackFailure, 'code' | 'advice'>;
}

export type PreparedFiles =
  | { kind: 'ready'; files: UploadedFile[]; notAttached: NotAttached[] }
  | Wait
  | Extract<SendResult, { kind: 'retry' }>
  /** Slack refused because of the installation (its token, its scopes, its workspace), not because of a file. */
  | { kind: 'failed'; answer: SlackRefusal };

export interface FileUploadsSettings {
  /** The most files that this process fetches and uploads at once; it limits the space in the temporary directory. */
  atOnce: number;
  /** The longest that sending one file to Slack may take. */
  timeoutMs: number;
}

export interface FilesOfDelivery {
  deliveryId: string;
  tenantId: string;
  /** The number of the attempt, from 1. */
  attempt: number;
  files: readonly FileOfContent[];
}

type UploadEnd = { kind: 'uploaded'; id: string } | FileFailure | Wait | { kind: 'failed'; answer: SlackRefusal };

const announce = 'files.getUploadURLExternal';
/** The last attempt that waits for a file that may be available later; the next one posts without it. */
const lastAttemptThatWaits = 2;
const roomAgainMs = 500;

export class FileUploads {
  /** Shared among tenants, so that one tenant's slow files leave room for another's. */
  private readonly transfers: SlotPool<string>;
  private readonly log = createLogger('file-uploads');

  constructor(
    private readonly pool: Pool,
    private readonly openFile: OpenFile,
    private readonly settings: FileUploadsSettings,
  ) {
    this.transfers = new SlotPool(settings.atOnce);
  }

  /** Uploads what is not uploaded yet. Never throws. */
  async prepare(
    delivery: FilesOfDelivery,
    client: SlackClient,
    reserve: SendGuard['reserve'],
    signal?: AbortSignal,
  ): Promise<PreparedFiles> {
    try {
      return await this.#prepare(delivery, client, reserve, signal);
    } catch (error) {
      this.log.warn({ err: error, deliveryId: delivery.deliveryId }, 'files could not be prepared');
      return {
        kind: 'retry',
        error: 'files_not_prepared',
        advice: 'The files could not be prepared; another attempt follows.',
        facts: {},
      };
    }
  }

  /** The files that were uploaded for this delivery. */
  async remembered(deliveryId: string): Promise<UploadedFile[]> {
    return [...(await rememberedUploads(this.pool, deliveryId)).values()];
  }

  /** Slack no longer has the files, or the message is posted without them: the next `prepare` starts from nothing. */
  forget(deliveryId: string): Promise<void> {
    return forgetUploads(this.pool, [deliveryId]);
  }

  /** The message is posted without these. */
  forgetSome(deliveryId: string, files: readonly UploadedFile[]): Promise<void> {
    return forgetSome(this.pool, deliveryId, files);
  }

  async #prepare(
    { deliveryId, tenantId, attempt, files }: FilesOfDelivery,
    client: SlackClient,
    reserve: SendGuard['reserve'],
    signal?: AbortSignal,
  ): Promise<PreparedFiles> {
    const uploaded = await rememberedUploads(this.pool, deliveryId);
    const left: NotAttached[] = [];
    for (const [n, file] of files.entries()) {
      if (uploaded.has(n)) continue;
      if (this.transfers.roomFor(tenantId) === 0) return { kind: 'wait', method: announce, ms: roomAgainMs };
      const ms = reserve(announce);
      if (ms > 0) return { kind: 'wait', method: announce, ms };
      const end = await this.#upload(tenantId, file, client, signal);
      if (signal?.aborted && end.kind !== 'uploaded') return { kind: 'wait', method: announce, ms: 0 };
      if (end.kind === 'wait' || end.kind === 'failed') return end;
      if (end.kind === 'uploaded') {
        uploaded.set(n, await rememberUpload(this.pool, deliveryId, { n, id: end.id, title: file.title || file.name }));
        checkpoint('file.uploaded');
        continue;
      }
      if (end.kind === 'later' && attempt <= lastAttemptThatWaits) {
        return { kind: 'retry', error: end.code, advice: `${end.sentence} Another attempt follows.`, facts: {} };
      }
      this.log.info({ deliveryId, n, error: end.code }, 'a file is not attached');
      left.push(notAttached(file, end.sentence));
    }
    const inOrder = [...uploaded].sort(([a], [b]) => a - b).map(([, file]) => file);
    return { kind: 'ready', files: inOrder, notAttached: left };
  }

  async #upload(tenantId: string, file: FileOfContent, client: SlackClient, signal?: AbortSignal): Promise<UploadEnd> {
    this.transfers.take(tenantId);
    try {
      const opened = await this.openFile(file, signal);
      if (opened.kind !== 'opened') return opened;
      try {
        const answer = await client.call<{ upload_url?: string; file_id?: string }>(
          announce,
          { filename: file.name, length: opened.length },
          { signal },
        );
        if (!answer.ok) return ofRefusal(answer);
        const { upload_url: address, file_id: id } = answer.body;
        if (address === undefined || id === undefined)
          return later('unreadable_answer', 'Slack did not say where to upload the file.');
        return (await this.#send(address, opened, signal)) ?? { kind: 'uploaded', id };
      } finally {
        await opened.close();
      }
    } finally {
      this.transfers.release(tenantId);
    }
  }

  async #send(address: string, opened: OpenedFile, signal?: AbortSignal): Promise<FileFailure | undefined> {
    const timeout = AbortSignal.timeout(this.settings.timeoutMs);
    let client: Client | undefined;
    try {
      const { origin, pathname, search } = new URL(address);
      client = new Client(origin, { connect: resettingConnector({ timeout: this.settings.timeoutMs }) });
      const { statusCode, body } = await client.request({
        method: 'POST',
        path: pathname + search,
        headers: { 'content-type': 'application/octet-stream', 'content-length': String(opened.length) },
        body: opened.read(),
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      });
      await body.dump();
      return statusCode === 200
        ? undefined
        : later(`file_upload_http_${statusCode}`, `Slack answered with HTTP ${statusCode} when the file was uploaded.`);
    } catch (error) {
      // The upload address is a secret until the upload is complete, and some errors contain it.
      this.log.warn({ error: (error as { code?: unknown }).code }, 'a file was not uploaded');
      return later('file_upload_lost', 'The upload of the file to Slack was interrupted.');
    } finally {
      void client?.destroy().catch(() => undefined);
    }
  }
}

/** `files.getUploadURLExternal` posts nothing, so it may always be repeated. */
function ofRefusal(answer: SlackRefusal): UploadEnd {
  const { code, advice, retry, scope, sent } = answer.failure;
  if (scope === 'method' && typeof retry === 'object')
    return { kind: 'wait', method: announce, ms: retry.afterMs, limitedBy: { code, advice } };
  if (sent === 'maybe' || (scope === 'message' && retry === 'later')) return later(code, advice);
  // After a defect of Carillon or an unknown code, the message is posted without the file.
  if (scope === 'message' || scope === 'defect') return refused(code, advice);
  return { kind: 'failed', answer };
}
