/** One Slack workspace: its people, conversations and what the app was allowed to do in it. */
import { nextId } from './ids.ts';
import { Channel, type ChannelKind } from './channel.ts';
import type { Installation } from './installation.ts';
import { handleOf, slackbotId, type User } from './user.ts';

export class Workspace {
  name: string;
  domain: string;
  enterprise: { id: string; name: string } | undefined;
  /** Access tokens of this workspace expire and are refreshed. */
  rotation = false;
  tokenLifetimeSeconds = 43_200;
  installation: Installation | undefined;
  /** The app's bot user and bot id are the same across reinstalls. */
  readonly botUserId = nextId('U');
  readonly botId = nextId('B');

  readonly users: User[] = [];
  readonly channels: Channel[] = [];
  /** Removed conversations: unknown to the Web API, kept for tests that count what was posted. */
  readonly vanished: Channel[] = [];
  /** Latest published Home tab and opened modals. */
  readonly views = new Map<string, Record<string, unknown>>();
  readonly #userIndex = new Map<string, number>();
  readonly #channelIndex = new Map<string, number>();
  readonly #byEmail = new Map<string, User>();
  readonly #byName = new Map<string, Channel>();
  readonly #direct = new Map<string, Channel>();
  readonly #groups = new Map<string, Channel>();

  constructor(
    readonly id: string,
    name: string,
    domain: string,
  ) {
    this.name = name;
    this.domain = domain;
    this.putUser({
      id: slackbotId,
      name: 'Slackbot',
      email: undefined,
      admin: false,
      bot: false,
      guest: false,
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

  existingDirect(person: string): Channel | undefined {
    return this.#direct.get(person);
  }

  /** The one direct message between the app and a person: opened at most once. */
  direct(person: string): Channel {
    const open = this.#direct.get(person);
    if (open !== undefined) return open;
    const channel = this.addChannel(nextId('D'), 'im', '');
    channel.person = person;
    channel.members.add(person).add(this.botUserId);
    this.#direct.set(person, channel);
    return channel;
  }

  /** The one group conversation of exactly these people and the app. */
  group(people: readonly string[], create: boolean): { channel: Channel; isNew: boolean } | undefined {
    const open = this.#groups.get(groupKey([...people, this.botUserId]));
    if (open !== undefined) return { channel: open, isNew: false };
    if (!create) return undefined;
    const handles = people.map((id) => handleOf(this.user(id)!));
    const channel = this.addChannel(nextId('C'), 'mpim', `mpdm-${handles.join('--')}-1`);
    this.changeMembers(channel, [...people, this.botUserId], []);
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
    if (channel.person !== undefined) this.#direct.delete(channel.person);
    this.#forgetGroup(channel);
    this.vanished.push(channel);
  }

  #forgetGroup(channel: Channel): void {
    const key = groupKey([...channel.members]);
    if (this.#groups.get(key) === channel) this.#groups.delete(key);
  }
}

function groupKey(members: readonly string[]): string {
  return [...members].sort().join(',');
}
