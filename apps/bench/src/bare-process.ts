// Runs a baseline in a process of its own, as a service is, so that both have the same share of the machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { environment } from './environment.ts';

/** Resolves with a function that ends the process. */
export function startBare(name: string, env: Record<string, string>): () => Promise<void> {
  const child = spawn(process.execPath, [fileURLToPath(new URL(`./bare/${name}.js`, import.meta.url))], {
    env: { ...environment, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const gone = once(child, 'exit');
  return async () => {
    child.kill('SIGTERM');
    await gone;
  };
}
