// Lists the running processes of a playground in a file. Guarantees: a second playground in the same folder is refused;
// the next start ends what a killed one left running; a process is ended only when its pid and start time are those of
// the file.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { join } from 'node:path';
import { CannotStart } from '../cannot-start.ts';
import { isSameProcess, startTimeOf } from './process-identity.ts';

interface Entry {
  label: string;
  pid: number;
  startTime: string | undefined;
}

/** Is told which processes run. */
export interface ProcessRegistry {
  add(process: { pid: number; startTime: string | undefined }, label: string): void;
  remove(pid: number): void;
}

export class ProcessLedger implements ProcessRegistry {
  readonly #lock: string;
  readonly #file: string;
  readonly #entries = new Map<number, Entry>();

  private constructor(readonly folder: string) {
    this.#lock = join(folder, 'lock.json');
    this.#file = join(folder, 'processes.json');
  }

  /** Locks the folder for this process, or throws with the pid of its owner. Ends what an earlier one left running. */
  static async open(folder: string): Promise<ProcessLedger> {
    mkdirSync(folder, { recursive: true });
    const ledger = new ProcessLedger(folder);
    ledger.#takeLock();
    await ledger.#endLeftovers();
    return ledger;
  }

  add(entry: { pid: number; startTime: string | undefined }, label: string): void {
    this.#entries.set(entry.pid, { label, pid: entry.pid, startTime: entry.startTime });
    this.#write();
  }

  remove(pid: number): void {
    if (this.#entries.delete(pid)) this.#write();
  }

  close(): void {
    rmSync(this.#file, { force: true });
    rmSync(this.#lock, { force: true });
  }

  #takeLock(): void {
    const mine = JSON.stringify({ pid: process.pid, startTime: startTimeOf(process.pid) });
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        writeFileSync(this.#lock, mine, { flag: 'wx' });
        return;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const owner = readJson(this.#lock) as { pid: number; startTime: string } | undefined;
      if (owner && isSameProcess(owner.pid, owner.startTime)) {
        throw new CannotStart(
          `A playground already runs in ${this.folder} (process ${owner.pid}). Stop it with Ctrl-C or: kill ${owner.pid}`,
        );
      }
      rmSync(this.#lock, { force: true });
    }
    throw new CannotStart(`${this.#lock} is held by no running playground and could not be replaced; remove the file.`);
  }

  async #endLeftovers(): Promise<void> {
    const entries = (readJson(this.#file) ?? []) as Entry[];
    const left = entries.filter(({ pid, startTime }) => isSameProcess(pid, startTime));
    for (const { pid } of left) {
      try {
        process.kill(-pid, 'SIGKILL');
      } catch {
        // gone in the meantime
      }
    }
    const deadline = Date.now() + 10_000;
    while (left.some(({ pid, startTime }) => isSameProcess(pid, startTime)) && Date.now() < deadline) await delay(50);
    rmSync(this.#file, { force: true });
  }

  #write(): void {
    const temporary = `${this.#file}.new`;
    writeFileSync(temporary, JSON.stringify([...this.#entries.values()], null, 1));
    renameSync(temporary, this.#file);
  }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown;
  } catch {
    return undefined;
  }
}
