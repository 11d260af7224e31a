/**
 * Into which thread a message goes. A reply's own ts leads to its parent's thread, a tombstone's thread goes on, and a
 * reply to a message that is gone comes out in the conversation itself, without an error: only the missing `thread_ts`
 * in the answer tells.
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
