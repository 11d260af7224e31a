// `.carillon/playground.json`: the addresses and pids of the playground, for scripts. It exists only while everything
// runs.
import { renameSync, rmSync, writeFileSync } from 'node:fs';

export interface PlaygroundState {
  kafka: { brokers: string[] };
  postgres: { url: string };
  slack: { url: string };
  issuer: { url: string };
  mail: { smtp: string; url: string };
  services: Record<string, string>;
  pids: Record<string, number[]>;
  tenant?: SeededTenant;
}

export interface SeededTenant {
  id: string;
  installationId: string;
  teamId: string;
  members: { id: string; email: string; slackUserId?: string }[];
}

export class StateFile {
  #written = false;

  constructor(
    readonly path: string,
    private readonly current: () => PlaygroundState,
  ) {}

  /** Written to another file and renamed, so that a reader never gets an incomplete one. */
  write(): void {
    const temporary = `${this.path}.new`;
    writeFileSync(temporary, `${JSON.stringify(this.current(), null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, this.path);
    this.#written = true;
  }

  /** Call it when a pid changes. Before the first write it does nothing. */
  refresh(): void {
    if (this.#written) this.write();
  }

  remove(): void {
    this.#written = false;
    rmSync(this.path, { force: true });
  }
}
