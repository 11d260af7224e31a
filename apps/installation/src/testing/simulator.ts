// The simulated Slack as a process of its own: its code is not ours to import.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { environment } from './environment.ts';

const main = fileURLToPath(new URL('../../../slack-simulator/dist/main.js', import.meta.url));

export interface Simulator {
  url: string;
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  /** A Web API call as whoever holds the token. */
  api(token: string, method: string): Promise<{ ok: boolean; error?: string; team_id?: string }>;
  close(): Promise<void>;
}

export async function startSimulator(): Promise<Simulator> {
  const { SLACK_CLIENT_ID, SLACK_CLIENT_SECRET } = environment;
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], HOST: '127.0.0.1', PORT: '0', SLACK_CLIENT_ID, SLACK_CLIENT_SECRET },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => Promise.reject(new Error('the simulator did not start; is it built?'))),
  ])) as [string];
  const { url } = JSON.parse(line) as { url: string };
  return {
    url,
    async control<T>(method: string, path: string, body?: unknown): Promise<T> {
      const response = await fetch(`${url}/_sim/${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${text}`);
      return JSON.parse(text) as T;
    },
    async api(token, method) {
      const response = await fetch(`${url}/api/${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}` },
      });
      return (await response.json()) as { ok: boolean };
    },
    async close() {
      child.kill();
      if (child.exitCode === null) await once(child, 'exit');
    },
  };
}
