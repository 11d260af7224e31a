// A process that runs the syncs of a directory, for specs that kill it.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Directory } from './directory.ts';

const program = fileURLToPath(new URL('../../dist/testing/sync-worker-for-specs.js', import.meta.url));

export class SyncWorker {
  private readonly child;

  constructor({ env }: Directory) {
    this.child = spawn(process.execPath, [program], {
      env: { LOG_LEVEL: 'fatal', ...env, SYNC_POLL_MS: '50ms' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
