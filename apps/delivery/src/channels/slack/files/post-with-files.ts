// Posts a message with its files in one call, and reads afterwards whether Slack shows it.
// Guarantees: all files are in one message; the result is `absent` only where Slack does not show the files in the
// conversation; a posted message counts as posted although its ts could not be read.
import { setTimeout as pause } from 'node:timers/promises';
import type { SlackAnswer, SlackClient } from '@carillon/slack';
import type { SendGuard } from '../../../model/send-result.ts';
import type { SlackRefusal, Wait } from './file-uploads.ts';
import type { UploadedFile } from './remembered-uploads.ts';

export interface MessageWithFiles {
  /** The id of a conversation (`C…`, `G…`, `D…`), never that of a person. */
  channel: string;
  files: readonly UploadedFile[];
  /** Slack accepts either the text or the blocks. */
  said: { blocks: readonly object[] } | { text: string };
  threadTs?: string;
  username?: string;
  iconUrl?: string;
}

export interface PostingWithFiles {
  reserve: SendGuard['reserve'];
  /** Whether the installation grants `files:read`. */
  mayReadFiles: boolean;
  /** As `CallOptions.onWrite` of the Slack client. */
  onWrite?: () => void;
  signal?: AbortSignal;
}

export type PostedWithFiles =
  /** `ts` is absent where it could not be read. */
  | { kind: 'posted'; ts?: string; answer: SlackAnswer<unknown> }
  | Wait
  /** Slack no longer has the files: the caller forgets their ids and uploads them again. */
  | { kind: 'gone'; answer: SlackRefusal }
  /** The workspace refuses one of the files: the caller forgets their ids and posts the message without them. */
  | { kind: 'not_taken'; answer: SlackRefusal }
  /** Any other refusal; it means the same as one of `chat.postMessage`. */
  | { kind: 'failed'; answer: SlackRefusal };

export type FoundWithFiles =
  | { kind: 'found'; ts: string }
  | { kind: 'absent' }
  | { kind: 'cannot_know' }
  | { kind: 'later'; afterMs?: number; limited?: string };

const complete = 'files.completeUploadExternal';
/** Slack shows a message in `files.info` some time after it posted it. */
const looksAfterMs = [0, 250, 750, 1_500, 3_000, 5_000];

interface FileObject {
  id?: string;
  shares?: Partial<Record<'public' | 'private', Record<string, { ts?: string }[]>>>;
}

export async function postWithFiles(
  client: SlackClient,
  message: MessageWithFiles,
  posting: PostingWithFiles,
): Promise<PostedWithFiles> {
  const ms = posting.reserve(complete);
  if (ms > 0) return { kind: 'wait', method: complete, ms };
  const { channel, files, said, threadTs, username, iconUrl } = message;
  const args = {
    files: files.map(({ id, title }) => ({ id, title })),
    channel_id: channel,
    ...('blocks' in said ? { blocks: said.blocks } : { initial_comment: said.text }),
    thread_ts: threadTs,
    username,
    icon_url: iconUrl,
  };
  const answer = await client.call<{ files?: FileObject[] }>(complete, args, {
    signal: posting.signal,
    onWrite: posting.onWrite,
  });
  const ids = files.map(({ id }) => id);
  if (!answer.ok) {
    const { kind } = answer.failure;
    if (kind === 'file_refused' || kind === 'images_only') return { kind: 'not_taken', answer };
    if (kind !== 'file_unknown' && kind !== 'file_removed') return { kind: 'failed', answer };
    // Slack gives the same error for files that an earlier attempt posted, where that attempt got no answer.
    const found = posting.mayReadFiles ? await findPosted(client, ids, channel, posting.reserve) : undefined;
    if (found?.kind === 'found') return { kind: 'posted', ts: found.ts, answer };
    return { kind: 'gone', answer };
  }
  const ts =
    tsOf(
      answer.body.files?.find(({ id }) => id === ids[0]),
      channel,
    ) ?? (posting.mayReadFiles ? await learnTs(client, ids, channel, posting.reserve) : undefined);
  return { kind: 'posted', answer, ...(ts !== undefined && { ts }) };
}

/** Whether an attempt without an answer was posted: only the message of a delivery contains its files. */
export async function findPosted(
  client: SlackClient,
  fileIds: readonly string[],
  channel: string,
  reserve: SendGuard['reserve'],
): Promise<FoundWithFiles> {
  const [first] = fileIds;
  if (first === undefined) return { kind: 'cannot_know' };
  for (const ms of looksAfterMs) {
    await pause(ms);
    const waitMs = reserve('files.info');
    if (waitMs > 0) return { kind: 'later', afterMs: waitMs };
    const answer = await client.call<{ file?: FileObject }>('files.info', { file: first });
    if (!answer.ok) return unanswered(answer);
    const ts = tsOf(answer.body.file, channel);
    if (ts !== undefined) return { kind: 'found', ts };
  }
  return { kind: 'absent' };
}

async function learnTs(
  client: SlackClient,
  [first]: readonly string[],
  channel: string,
  reserve: SendGuard['reserve'],
): Promise<string | undefined> {
  for (const ms of looksAfterMs) {
    await pause(ms);
    if (reserve('files.info') > 0) continue;
    const answer = await client.call<{ file?: FileObject }>('files.info', { file: first });
    const ts = answer.ok ? tsOf(answer.body.file, channel) : undefined;
    if (ts !== undefined) return ts;
  }
  return undefined;
}

function unanswered({ failure }: SlackRefusal): FoundWithFiles {
  // Slack shows a file that was uploaded and never posted to nobody, the app included.
  if (failure.kind === 'file_unknown') return { kind: 'absent' };
  if (typeof failure.retry === 'object')
    return {
      kind: 'later',
      afterMs: failure.retry.afterMs,
      ...(failure.scope === 'method' && { limited: 'files.info' }),
    };
  return failure.retry === 'later' || failure.retry === 'refresh_token' ? { kind: 'later' } : { kind: 'cannot_know' };
}

/** The oldest message with the file: people may share it again later. */
function tsOf(file: FileObject | undefined, channel: string): string | undefined {
  const shares = [...(file?.shares?.public?.[channel] ?? []), ...(file?.shares?.private?.[channel] ?? [])];
  return shares.flatMap(({ ts }) => (ts === undefined ? [] : [ts])).sort()[0];
}
