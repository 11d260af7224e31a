/** A conversation: public or private channel, direct message, or group direct message. */
import type { Message } from './message.ts';

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
  readonly messages: Message[] = [];
  readonly #byTs = new Map<string, Message>();

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
    this.#byTs.set(message.ts, message);
  }

  /** The message as its readers see it: neither deleted nor shown to one person alone. */
  message(ts: string): Message | undefined {
    const found = this.#byTs.get(ts);
    return found === undefined || found.deleted || found.ephemeralTo !== undefined ? undefined : found;
  }
}
