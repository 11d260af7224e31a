/**
 * An organisation of Enterprise Grid: it holds workspaces, and the app can be installed in it once for all of them. As
 * at Slack, such an installation covers no workspace until an admin adds it. Guarantees: only workspaces of the org are
 * covered; the app's bot user has one id in all of them; it sits only in covered workspaces.
 */
import { nextId } from './ids.ts';
import type { Installation } from './installation.ts';

/** What an org needs of a workspace. */
interface Member {
  readonly id: string;
  readonly installation: Installation | undefined;
  readonly ownBot: { user: string };
  seatBot(bot: { user: string; id: string }, name: string): void;
  unseatBot(user: string): void;
  copyMemberships(from: string, to: string, keep: boolean): void;
}

export class Org<Workspace extends Member> {
  readonly kind = 'org';
  name: string;
  /** Tokens of the org expire and are refreshed. */
  rotation = false;
  tokenLifetimeSeconds = 43_200;
  /** Whether the app may be installed in the whole org. */
  orgWideAllowed = true;
  installation: Installation | undefined;
  /** The same across reinstalls. */
  readonly ownBot = { user: nextId('U'), id: nextId('B') };

  readonly workspaces = new Set<Workspace>();
  /** In the order in which they were added. */
  readonly covered = new Set<Workspace>();

  constructor(
    readonly id: string,
    name: string,
  ) {
    this.name = name;
  }

  get domain(): string {
    return `${this.name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.enterprise`;
  }

  /** The workspaces where the app's bot user sits. */
  get seats(): Iterable<Workspace> {
    return this.covered;
  }

  workspace(id: string): Workspace | undefined {
    return [...this.workspaces].find((w) => w.id === id);
  }

  cover(workspace: Workspace, botName: string): void {
    if (this.covered.has(workspace)) return;
    const keep = workspace.installation !== undefined;
    this.covered.add(workspace);
    workspace.seatBot(this.ownBot, botName);
    // Who put the app into a channel meant the app, whatever the id of its bot user.
    workspace.copyMemberships(workspace.ownBot.user, this.ownBot.user, keep);
  }

  uncover(workspace: Workspace): boolean {
    if (!this.covered.delete(workspace)) return false;
    workspace.unseatBot(this.ownBot.user);
    return true;
  }

  /** The installation has ended: nothing is covered any more. */
  unseat(): void {
    for (const workspace of [...this.covered]) this.uncover(workspace);
  }
}
