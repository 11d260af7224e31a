/**
 * The people and conversations of a workspace. Guarantees: ids, names and e-mail addresses are found in constant time;
 * a direct message exists once for each person and bot, and a group conversation once for its members.
 */
import { nextId } from './ids.ts';
import { Channel, type ChannelKind } from './channel.ts';
import { handleOf, slackbotId, type User } from './user.ts';

export class Directory {
  readonly users: User[] = [];
  readonly channels: Channel[] = [];
  /** Removed conversations: unknown to the Web API, kept for tests that count what was posted. */
  readonly vanished: Channel[] = [];
  readonly #userIndex = new Map<string, number>();
  readonly #channelIndex = new Map<string, number>();
  readonly #byEmail = new Map<string, User>();
  readonly #byName = new Map<string, Channel>();
  readonly #direct = new Map<string, Channel>();
  readonly #groups = new Map<string, Channel>();

  constructor() {
    this.putUser({
      id: slackbotId,
      name: 'Slackbot',
      email: undefined,
      admin: false,
      bot: false,
      guest: false,
      stranger: false,
      deleted: false,
      tz: null,
      locale: 'en-US',
      updated: 0,
    });
  }

  putUser(user: User): void {
    const at = this.#userIndex.get(user.id);
    const before = at === undefined ? undefined : this.users[at];
    if (before?.email !== undefined) this.#byEmail.delete(before.email.toLowerCase());
    if (at === undefined) this.#userIndex.set(user.id, this.users.push(user) - 1);
    else this.users[at] = user;
    if (user.email !== undefined) this.#byEmail.set(user.email.toLowerCase(), user);
  }

  user(id: string): User | undefined {
    const at = this.#userIndex.get(id);
    return at === undefined ? undefined : this.users[at];
  }

  userIndex(id: string): number | undefined {
    return this.#userIndex.get(id);
  }

  userByEmail(email: string): User | undefined {
    return this.#byEmail.get(email.toLowerCase());
  }

  addChannel(id: string, kind: ChannelKind, name: string): Channel {
    const channel = new Channel(id, kind, name);
    this.#channelIndex.set(id, this.channels.push(channel) - 1);
    if (kind === 'public_channel' || kind === 'private_channel') this.#byName.set(name, channel);
    return channel;
  }

  renameChannel(channel: Channel, name: string): void {
    this.#byName.delete(channel.name);
    channel.name = name;
    this.#byName.set(name, channel);
  }

  channel(id: string): Channel | undefined {
    const at = this.#channelIndex.get(id);
    return at === undefined ? undefined : this.channels[at];
  }

  channelIndex(id: string): number | undefined {
    return this.#channelIndex.get(id);
  }

  channelByName(name: string): Channel | undefined {
    return this.#byName.get(name);
  }

  existingDirect(person: string, bot: string): Channel | undefined {
    return this.#direct.get(`${bot} ${person}`);
  }

  /** The one direct message between the app's bot and a person: opened at most once. */
  direct(person: string, bot: string): Channel {
    const open = this.existingDirect(person, bot);
    if (open !== undefined) return open;
    const channel = this.addChannel(nextId('D'), 'im', '');
    channel.person = person;
    channel.members.add(person).add(bot);
    this.#direct.set(`${bot} ${person}`, channel);
    return channel;
  }

  /** The one group conversation of exactly these people and the app's bot. */
  group(people: readonly string[], bot: string, create: boolean): { channel: Channel; isNew: boolean } | undefined {
    const open = this.#groups.get(groupKey([...people, bot]));
    if (open !== undefined) return { channel: open, isNew: false };
    if (!create) return undefined;
    const handles = people.map((id) => handleOf(this.user(id)!));
    const channel = this.addChannel(nextId('C'), 'mpim', `mpdm-${handles.join('--')}-1`);
    this.changeMembers(channel, [...people, bot], []);
    return { channel, isNew: true };
  }

  /** A group conversation is identified by its members. */
  changeMembers(channel: Channel, add: readonly string[], remove: readonly string[]): void {
    this.#forgetGroup(channel);
    for (const id of add) channel.members.add(id);
    for (const id of remove) channel.members.delete(id);
    if (channel.kind === 'mpim') this.#groups.set(groupKey([...channel.members]), channel);
    channel.updated = Date.now();
  }

  /** Removes a conversation. Opening one with the same people again creates another. */
  removeChannel(channel: Channel): void {
    const at = this.#channelIndex.get(channel.id)!;
    this.channels.splice(at, 1);
    this.#channelIndex.delete(channel.id);
    for (let i = at; i < this.channels.length; i++) this.#channelIndex.set(this.channels[i]!.id, i);
    if (this.#byName.get(channel.name) === channel) this.#byName.delete(channel.name);
    for (const member of channel.members) this.#direct.delete(`${member} ${channel.person}`);
    this.#forgetGroup(channel);
    this.vanished.push(channel);
  }

  #forgetGroup(channel: Channel): void {
    const key = groupKey([...channel.members]);
    if (this.#groups.get(key) === channel) this.#groups.delete(key);
  }

  /** A bot is deactivated and leaves its channels. Direct messages, also those of groups, never lose members. */
  unseatBot(id: string): void {
    const bot = this.user(id);
    if (bot !== undefined) this.putUser({ ...bot, deleted: true, updated: Math.floor(Date.now() / 1000) });
    for (const channel of this.#rooms()) channel.members.delete(id);
  }

  copyMemberships(from: string, to: string, keep: boolean): void {
    for (const channel of this.#rooms()) {
      if (channel.members.has(from)) channel.members.add(to);
      if (!keep) channel.members.delete(from);
    }
  }

  #rooms(): Channel[] {
    return this.channels.filter((c) => c.kind === 'public_channel' || c.kind === 'private_channel');
  }
}

function groupKey(members: readonly string[]): string {
  return [...members].sort().join(',');
}
