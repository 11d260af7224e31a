// Installations as the API shows them, with what is known of the revocation of their tokens.
import { Injectable } from '@nestjs/common';
import { SlackTasks } from '../slack-tasks/slack-tasks.ts';
import type { Installation } from './installation.entity.ts';
import { viewOf, type InstallationView } from './installation-view.ts';

@Injectable()
export class InstallationViews {
  constructor(private readonly tasks: SlackTasks) {}

  async of(installation: Installation): Promise<InstallationView> {
    return (await this.ofAll([installation]))[0]!;
  }

  async ofAll(installations: readonly Installation[]): Promise<InstallationView[]> {
    const ended = installations.filter(({ state }) => state !== 'active').map(({ id }) => id);
    const unrevoked = ended.length === 0 ? new Set<string>() : await this.tasks.unrevoked(ended);
    return installations.map((one) => viewOf(one, unrevoked.has(one.id)));
  }
}
