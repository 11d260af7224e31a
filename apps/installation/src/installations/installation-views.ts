// Installations as the API shows them, with what is known of their tokens: whether they can be opened, and whether
// their revocation is confirmed.
import { Injectable } from '@nestjs/common';
import { SlackTasks } from '../slack-tasks/slack-tasks.ts';
import { SealedTokens } from '../tokens/sealed-tokens.ts';
import type { Installation } from './installation.entity.ts';
import { viewOf, type InstallationView } from './installation-view.ts';

@Injectable()
export class InstallationViews {
  constructor(
    private readonly tasks: SlackTasks,
    private readonly sealedTokens: SealedTokens,
  ) {}

  async of(installation: Installation): Promise<InstallationView> {
    return (await this.ofAll([installation]))[0]!;
  }

  async ofAll(installations: readonly Installation[]): Promise<InstallationView[]> {
    const active = installations.filter(({ state }) => state === 'active').map(({ id }) => id);
    const ended = installations.filter(({ state }) => state !== 'active').map(({ id }) => id);
    const [unrevoked, unreadable] = await Promise.all([
      ended.length === 0 ? new Set<string>() : this.tasks.unrevoked(ended),
      active.length === 0 ? new Set<string>() : this.sealedTokens.withoutKey(active),
    ]);
    return installations.map((one) =>
      viewOf(one, { revocationPending: unrevoked.has(one.id), keyMissing: unreadable.has(one.id) }),
    );
  }
}
