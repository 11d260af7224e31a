// Runs a script of this package in a process of its own: a baseline, so that it has the same share of the machine as a
// service, or a producer that must not slow down the process that measures.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { environment } from './environment.ts';

export interface ChildProcess {
  readonly pid: number | undefined;
  /** Rejects where the script ends with an error. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** `script` is the path of a module of this folder, without its extension. */
export function startChild(script: string, env: Record<string, string>): ChildProcess {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`./${script}.js`, import.meta.url))], {
    env: { ...environment, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit').then(([code]) => {
    if (code !== 0 && !child.killed) throw new Error(`${script} ended with ${String(code)}`);
  });
  return {
    pid: child.pid,
    ended,
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
