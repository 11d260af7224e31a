/** One posted message, as stored. Deleted ones stay as a tombstone, so that tests can see that they existed. */
export interface Message {
  ts: string;
  channel: string;
  /** Who wrote it: the app's bot user, or a person. */
  author: string;
  botId?: string;
  username?: string;
  icons?: Record<string, string>;
  text: string;
  blocks?: unknown[];
  attachments?: unknown[];
  metadata?: { event_type: string; event_payload: unknown };
  threadTs?: string;
  /** On a thread's parent. */
  replies?: string[];
  broadcast?: boolean;
  edited?: { user: string; ts: string };
  deleted?: boolean;
  files?: string[];
  reactions?: Map<string, Set<string>>;
  /** Only this person sees it. */
  ephemeralTo?: string;
  /** Epoch milliseconds at which the request arrived. */
  receivedAt: number;
}

/** A deleted message whose thread goes on. */
export function isTombstone(message: Message): boolean {
  return message.deleted === true && message.replies !== undefined && message.replies.length > 0;
}
