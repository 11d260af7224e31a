/**
 * The thread of a new message. The ts of a reply means its parent's thread, and the thread of a tombstone accepts
 * replies. A reply to a message that does not exist is posted in the conversation itself, without an error: only the
 * missing `thread_ts` of the answer shows it.
 */
import type { Channel } from '../world/channel.ts';
import { flag, text } from './arguments.ts';
import { type Answer, type Call, refuse } from './call.ts';

export interface Place {
  threadTs?: string;
  broadcast?: boolean;
}

const top: Place = {};

export function readThread(call: Call, channel: Channel): Place | { refusal: Answer } {
  const ts = text(call.args, 'thread_ts');
  if (ts === undefined) return top;
  if (!/^\d+\.\d+$/.test(ts)) return { refusal: refuse('invalid_thread_ts') };
  const parent = channel.thread(ts);
  if (parent === undefined) return top;
  const threadTs = parent.threadTs ?? parent.ts;
  return flag(call.args, 'reply_broadcast') ? { threadTs, broadcast: true } : { threadTs };
}
