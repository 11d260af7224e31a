// Random changes of a simulated workspace, with the events that Slack would send about them.
import type { SlackEvent } from '@carillon/domain';
import type { SlackSimulator } from '@carillon/slack-testing';
import type { SeededRandom } from '@carillon/runtime/testing';

export const addresses = ['ada@acme.test', 'Ben@acme.test', 'cy@acme.test', 'dee@acme.test', 'nobody@acme.test'];
const bot = 'U0THEBOT';
const userIds = Array.from({ length: 8 }, (_, n) => `U${n + 1}`);
const channelIds = Array.from({ length: 7 }, (_, n) => `C${n + 1}`);
/** Those from here on are private. */
const firstPrivate = 5;

interface User {
  name: string;
  email: string;
  deleted: boolean;
  bot: boolean;
  stranger: boolean;
}

interface Channel {
  name: string;
  private: boolean;
  archived: boolean;
  members: string[];
}

export class SlackChanges {
  private readonly users = new Map<string, User>();
  private readonly channels = new Map<string, Channel>();
  /** Gone for good: Slack gives no id twice. */
  private readonly removed = new Set<string>();
  private names = 0;

  /** @param now ms since 1970, later with each call */
  constructor(
    private readonly slack: SlackSimulator,
    private readonly team: string,
    private readonly random: SeededRandom,
    private readonly now: () => number,
  ) {}

  get knownUsers(): string[] {
    return [...this.users.keys()];
  }

  change(): Promise<SlackEvent[]> {
    return this.random.chance(0.6) ? this.changeUser() : this.changeChannel();
  }

  private async changeUser(): Promise<SlackEvent[]> {
    const { random } = this;
    const id = random.oneOf(userIds);
    const before = this.users.get(id);
    const user: User = {
      name: `Person ${(this.names += 1)}`,
      email: random.chance(0.5) && before ? before.email : random.oneOf(addresses),
      deleted: random.chance(0.2),
      bot: before?.bot ?? random.chance(0.1),
      stranger: random.chance(0.1),
    };
    this.users.set(id, user);
    await this.slack.workspace({ id: this.team, users: [{ id, ...user }] });
    return [
      this.event(before ? 'user_change' : 'team_join', {
        user: {
          ...{ id, team_id: this.team, name: user.name, deleted: user.deleted },
          ...{ is_bot: user.bot, is_stranger: user.stranger, tz: 'America/Los_Angeles' },
          profile: { email: user.email, real_name: user.name },
        },
      }),
    ];
  }

  private async changeChannel(): Promise<SlackEvent[]> {
    const { random } = this;
    const id = random.oneOf(channelIds.filter((one) => !this.removed.has(one)));
    const isPrivate = channelIds.indexOf(id) >= firstPrivate;
    const before = this.channels.get(id);
    if (!before) {
      const channel = { name: `c-${(this.names += 1)}`, private: isPrivate, archived: false, members: [] };
      await this.store(id, channel);
      return isPrivate ? [] : [this.event('channel_created', { channel: { id, name: channel.name } })];
    }
    const isIn = before.members.length > 0;
    const seen = !isPrivate || isIn;
    const kind = isPrivate ? 'group' : 'channel';
    switch (random.below(4)) {
      case 0: {
        const name = `c-${(this.names += 1)}`;
        await this.store(id, { ...before, name });
        return seen ? [this.event(`${kind}_rename`, { channel: { id, name } })] : [];
      }
      case 1:
        await this.store(id, { ...before, archived: !before.archived });
        return seen ? [this.event(`${kind}_${before.archived ? 'unarchive' : 'archive'}`, { channel: id })] : [];
      case 2:
        await this.store(id, { ...before, members: isIn ? [] : ['bot'] });
        return [
          this.event(isIn ? 'member_left_channel' : 'member_joined_channel', {
            ...{ user: bot, channel: id, channel_type: isPrivate ? 'G' : 'C' },
          }),
        ];
      default:
        if (this.removed.size === 2) return [];
        this.removed.add(id);
        this.channels.delete(id);
        await this.slack.control('POST', '/_sim/conversations/remove', { team: this.team, channel: id });
        return seen ? [this.event(`${kind}_deleted`, { channel: id })] : [];
    }
  }

  private async store(id: string, channel: Channel): Promise<void> {
    this.channels.set(id, channel);
    await this.slack.workspace({ id: this.team, channels: [{ id, ...channel }] });
  }

  private event(type: string, body: object): SlackEvent {
    const at = this.now();
    return {
      ...{ teamId: this.team, appId: 'A0SIMULATED', eventId: `Ev${at}`, eventType: type },
      receivedAt: new Date(at).toISOString(),
      payload: {
        event_time: Math.floor(at / 1_000),
        authorizations: [{ user_id: bot, is_bot: true }],
        event: { type, event_ts: (at / 1_000).toFixed(6), ...body },
      },
    };
  }
}
