// Posting a message with its files: one call, and the look-up of what came of it.
// Promises: all files are in one message; `absent` is said only when Slack does not show the files in the conversation;
// not learning the message's ts never makes a posted message an unposted one.
import { setTimeout as pause } from 'node:timers/promises';
import type { SlackAnswer, SlackClient } from '@carillon/slack';
import type { Gate, SlackRefusal, Wait } from './file-uploads.ts';
import type { UploadedFile } from './remembered-uploads.ts';

export interface MessageWithFiles {
  /** A conversation's id (`C…`, `G…`, `D…`), never a person's. */
  channel: string;
  files: readonly UploadedFile[];
  /** Slack takes one of them. */
  said: { blocks: readonly object[] } | { text: string };
  threadTs?: string;
  username?: string;
  iconUrl?: string;
}

export interface PostingWithFiles {
  gate: Gate;
  /** Whether the installation grants `files:read`. */
  mayReadFiles: boolean;
  /** As `CallOptions.onWrite` of the Slack client. */
  onWrite?: () => void;
  signal?: AbortSignal;
}

export type PostedWithFiles =
  /** `ts` is absent where it could not be learnt. */
  | { kind: 'posted'; ts?: string; answer: SlackAnswer<unknown> }
  | Wait
  /** Slack holds them no longer: they are to be forgotten and uploaded again. */
  | { kind: 'gone'; answer: SlackRefusal }
  /** The workspace does not take (one of) them: they are to be forgotten and the message posted without. */
  | { kind: 'not_taken'; answer: SlackRefusal }
  /** Anything else, to be read like an answer to `chat.postMessage`. */
  | { kind: 'failed'; answer: SlackRefusal };

export type FoundWithFiles =
  | { kind: 'found'; ts: string }
  | { kind: 'absent' }
  | { kind: 'cannot_know' }
  | { kind: 'later'; afterMs?: number; limited?: string };

const complete = 'files.completeUploadExternal';
/** Slack shows a message in `files.info` some time after it posted it. */
const looksAfterMs = [0, 250, 750, 1_500];

interface FileObject {
  id?: string;
  shares?: Partial<Record<'public' | 'private', Record<string, { ts?: string }[]>>>;
}

export async function postWithFiles(
  client: SlackClient,
  message: MessageWithFiles,
  posting: PostingWithFiles,
): Promise<PostedWithFiles> {
  const ms = posting.gate(complete);
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
    if (kind === 'file_refused') return { kind: 'not_taken', answer };
    if (kind !== 'file_unknown' && kind !== 'file_removed') return { kind: 'failed', answer };
    // Slack gives the same error for files that an earlier attempt posted whose answer was lost.
    const found = posting.mayReadFiles ? await findPosted(client, ids, channel, posting.gate) : undefined;
    if (found?.kind === 'found') return { kind: 'posted', ts: found.ts, answer };
    return { kind: 'gone', answer };
  }
  const ts =
    tsOf(
      answer.body.files?.find(({ id }) => id === ids[0]),
      channel,
    ) ?? (posting.mayReadFiles ? await learnTs(client, ids, channel, posting.gate) : undefined);
  return { kind: 'posted', answer, ...(ts !== undefined && { ts }) };
}

/** Whether an attempt without an answer was posted: the files of a delivery are in no other message of ours. */
export async function findPosted(
  client: SlackClient,
  fileIds: readonly string[],
  channel: string,
  gate: Gate,
): Promise<FoundWithFiles> {
  const [first] = fileIds;
  if (first === undefined) return { kind: 'cannot_know' };
  for (const ms of looksAfterMs) {
    await pause(ms);
    const waitMs = gate('files.info');
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
  gate: Gate,
): Promise<string | undefined> {
  for (const ms of looksAfterMs) {
    await pause(ms);
    if (gate('files.info') > 0) continue;
    const answer = await client.call<{ file?: FileObject }>('files.info', { file: first });
    const ts = answer.ok ? tsOf(answer.body.file, channel) : undefined;
    if (ts !== undefined) return ts;
  }
  return undefined;
}

function unanswered({ failure }: SlackRefusal): FoundWithFiles {
  // A file that was uploaded and never posted is shown to nobody, not even to us.
  if (failure.kind === 'file_unknown') return { kind: 'absent' };
  if (typeof failure.retry === 'object')
    return {
      kind: 'later',
      afterMs: failure.retry.afterMs,
      ...(failure.scope === 'method' && { limited: 'files.info' }),
    };
  return failure.retry === 'later' || failure.retry === 'refresh_token' ? { kind: 'later' } : { kind: 'cannot_know' };
}

/** The first time that it was shown there: people may share it again. */
function tsOf(file: FileObject | undefined, channel: string): string | undefined {
  const shares = [...(file?.shares?.public?.[channel] ?? []), ...(file?.shares?.private?.[channel] ?? [])];
  return shares.flatMap(({ ts }) => (ts === undefined ? [] : [ts])).sort()[0];
}
