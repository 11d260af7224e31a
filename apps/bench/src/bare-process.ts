// Runs a baseline in a process of its own, as a service is, so that both have the same share of the machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { environment } from './environment.ts';

export interface BareProcess {
  readonly pid: number | undefined;
  stop(): Promise<void>;
}

export function startBare(name: string, env: Record<string, string>): BareProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`./bare/${name}.js`, import.meta.url))], {
    env: { ...environment, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = once(child, 'exit');
  return {
    pid: child.pid,
    stop: async () => {
      child.kill('SIGTERM');
      await gone;
    },
  };
}
