/** A conversation: public or private channel, direct message, or group direct message. */
import { isTombstone, type Message } from './message.ts';

export type ChannelKind = 'public_channel' | 'private_channel' | 'im' | 'mpim';

export class Channel {
  name: string;
  kind: ChannelKind;
  archived = false;
  /** User ids; in a direct message the app's bot user and `person`. */
  readonly members = new Set<string>();
  /** The other side of a direct message with the app. */
  person: string | undefined;
  readonly created = Math.floor(Date.now() / 1000);
  updated = Date.now();
  /** In the order of their `ts`, which only grows. */
  readonly messages: Message[] = [];

  constructor(
    readonly id: string,
    kind: ChannelKind,
    name: string,
  ) {
    this.kind = kind;
    this.name = name;
  }

  get private(): boolean {
    return this.kind !== 'public_channel';
  }

  add(message: Message): void {
    this.messages.push(message);
    // An ephemeral message is no part of the thread.
    if (message.threadTs === undefined || message.ephemeralTo !== undefined) return;
    const parent = this.thread(message.threadTs);
    if (parent !== undefined) (parent.replies ??= []).push(message.ts);
  }

  /** Deletes a message for its readers. With replies it becomes a tombstone, until the last reply is deleted too. */
  remove(message: Message): void {
    message.deleted = true;
    const parent = message.threadTs === undefined ? undefined : this.thread(message.threadTs);
    if (parent?.replies !== undefined) parent.replies = parent.replies.filter((ts) => ts !== message.ts);
  }

  /** The message as its readers see it: neither deleted nor shown to one person alone. */
  message(ts: string): Message | undefined {
    const found = this.#find(ts);
    return found === undefined || found.deleted || found.ephemeralTo !== undefined ? undefined : found;
  }

  /** The parent of a reply: a message, or its tombstone. */
  thread(ts: string): Message | undefined {
    const found = this.#find(ts);
    return found !== undefined && isTombstone(found) ? found : this.message(ts);
  }

  #find(ts: string): Message | undefined {
    let low = 0;
    let high = this.messages.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const message = this.messages[middle]!;
      if (message.ts === ts) return message;
      if (message.ts < ts) low = middle + 1;
      else high = middle - 1;
    }
    return undefined;
  }
}
