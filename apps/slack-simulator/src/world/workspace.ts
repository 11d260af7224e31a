/**
 * One Slack workspace: its name, its org and what the app was allowed to do in it, besides its people and
 * conversations. Guarantee: it is in one org at most.
 */
import { nextId } from './ids.ts';
import { Directory } from './directory.ts';
import type { Installation } from './installation.ts';
import type { Org } from './org.ts';

export class Workspace extends Directory {
  readonly kind = 'workspace';
  name: string;
  domain: string;
  org: Org<Workspace> | undefined;
  /** Access tokens of this workspace expire and are refreshed. */
  rotation = false;
  tokenLifetimeSeconds = 43_200;
  installation: Installation | undefined;
  /** The app's bot of an installation in this workspace; the same across reinstalls. */
  readonly ownBot = { user: nextId('U'), id: nextId('B') };
  /** Latest published Home tab and opened modals. */
  readonly views = new Map<string, Record<string, unknown>>();

  constructor(
    readonly id: string,
    name: string,
    domain: string,
  ) {
    super();
    this.name = name;
    this.domain = domain;
  }

  get enterprise(): { id: string; name: string } | undefined {
    return this.org === undefined ? undefined : { id: this.org.id, name: this.org.name };
  }

  /** Whose installation acts here: the org's where it covers the workspace, else the workspace's own. */
  get home(): Workspace | Org<Workspace> {
    return this.org?.covered.has(this) ? this.org : this;
  }

  get botUserId(): string {
    return this.home.ownBot.user;
  }

  get botId(): string {
    return this.home.ownBot.id;
  }

  /** Where the bot user of an installation in this workspace sits. */
  get seats(): Iterable<Workspace> {
    return [this];
  }

  /** A workspace is in one org at most; what another org covered it no longer does. */
  moveTo(org: Org<Workspace> | undefined): void {
    if (this.org === org) return;
    this.org?.uncover(this);
    this.org?.workspaces.delete(this);
    this.org = org;
    org?.workspaces.add(this);
  }

  seatBot(bot: { user: string; id: string }, name: string): void {
    this.putUser({
      id: bot.user,
      name,
      email: undefined,
      admin: false,
      bot: true,
      botId: bot.id,
      guest: false,
      stranger: false,
      deleted: false,
      tz: 'America/Los_Angeles',
      locale: 'en-US',
      updated: Math.floor(Date.now() / 1000),
    });
  }

  unseat(): void {
    this.unseatBot(this.ownBot.user);
  }
}
