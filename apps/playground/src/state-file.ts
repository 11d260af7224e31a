// `.carillon/playground.json`: where everything is, for people's scripts. There exactly while everything runs.
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

  /** By a rename: a reader never sees half of it. */
  write(): void {
    const temporary = `${this.path}.new`;
    writeFileSync(temporary, `${JSON.stringify(this.current(), null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, this.path);
    this.#written = true;
  }

  /** A process got another pid. Before the first write there is nothing to keep true. */
  refresh(): void {
    if (this.#written) this.write();
  }

  remove(): void {
    this.#written = false;
    rmSync(this.path, { force: true });
  }
}
