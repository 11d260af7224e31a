// Tells bin/reaper.mjs which process groups run, so that they end with this process even when SIGKILL ends it.
// There is one reaper per process, a sleeping Node, which does not keep this process from ending.
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { appFolder, nodeBinary } from '../paths.ts';

let reaper: ChildProcess | undefined;

export function endWithThisProcess(pid: number, signal: NodeJS.Signals): void {
  tell(`add ${pid} ${signal}\n`);
}

export function noLongerEndWithThisProcess(pid: number): void {
  tell(`remove ${pid}\n`);
}

function tell(line: string): void {
  if (!reaper) {
    reaper = spawn(nodeBinary, [join(appFolder, 'bin/reaper.mjs')], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    reaper.on('error', () => undefined);
    reaper.stdin?.on('error', () => undefined);
    reaper.unref();
    (reaper.stdin as { unref?: () => void } | null)?.unref?.();
  }
  reaper.stdin?.write(line);
}
