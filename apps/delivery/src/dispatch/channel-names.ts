// Channels of one lane that are the same channel of Slack's under two names, such as a person's id and the id of the
// direct message with that person. An answer tells which channel a message went to; channels that turn out to be one
// share one pace from then on. A name is remembered while its channel is in use. Until both names are known, Slack may
// refuse a message for the pace of the channel; `identify` tells afterwards that this was so.
import type { ChannelPace } from './pacing.ts';

export interface NamedChannel {
  key: string;
  pace: ChannelPace;
  /** What Slack calls it; undefined until an answer told. */
  ownId?: string;
}

/** With so few suspects, they wait until the refused channel was asked again, which tells whether it is one of them. */
const fewSuspects = 3;

interface Unexplained {
  key: string;
  at: number;
  /** Channels with a message so shortly before that it explains the refusal, if they are the same. */
  suspects: readonly NamedChannel[];
}

export class ChannelNames {
  private readonly byOwnId = new Map<string, NamedChannel>();
  private unexplained: Unexplained | null = null;

  /** The pace of the same channel under another name, where that is known. */
  sharedPace(key: string): ChannelPace | undefined {
    return this.byOwnId.get(key)?.pace;
  }

  /**
   * Slack called the channel so. Answers the instant of the last refusal if the pace of this channel explains it.
   *
   * @param named the channel whose key is that id, if it is in use
   */
  identify(channel: NamedChannel, ownId: string, named: NamedChannel | undefined): number | undefined {
    if (channel.ownId === ownId) return undefined;
    channel.ownId = ownId;
    const other = named ?? this.byOwnId.get(ownId);
    if (other && other.pace !== channel.pace) {
      other.pace.merge(channel.pace);
      channel.pace = other.pace;
    }
    if (ownId !== channel.key) this.byOwnId.set(ownId, channel);
    if (this.unexplained?.key !== channel.key) return undefined;
    const { at, suspects } = this.unexplained;
    this.unexplained = null;
    return suspects.some((suspect) => idOf(suspect) === ownId) ? at : undefined;
  }

  /** A message of the channel was refused, and nothing known explains it; the lane is blocked for a while. */
  refused(channel: NamedChannel, at: number, blockedUntil: number, channels: Iterable<NamedChannel>): void {
    if (channel.ownId !== undefined) return;
    const suspects = [...channels].filter((other) => other !== channel && channel.pace.follows(other.pace));
    if (suspects.length <= fewSuspects) for (const { pace } of suspects) pace.letPass(blockedUntil);
    this.unexplained = { key: channel.key, at, suspects };
  }

  forget({ ownId, key }: NamedChannel): void {
    if (ownId !== undefined && this.byOwnId.get(ownId)?.key === key) this.byOwnId.delete(ownId);
  }
}

const idOf = ({ ownId, key }: NamedChannel): string => ownId ?? key;
