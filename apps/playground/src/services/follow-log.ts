// Shows what a process appends to its log, with its name before each line (`--verbose`).
import { closeSync, openSync, readSync, statSync } from 'node:fs';

export function followLog(label: string, file: string, write: (line: string) => void): () => void {
  let offset = size(file);
  let rest = '';
  const timer = setInterval(() => {
    const end = size(file);
    if (end <= offset) return;
    const buffer = Buffer.alloc(end - offset);
    const descriptor = openSync(file, 'r');
    readSync(descriptor, buffer, 0, buffer.length, offset);
    closeSync(descriptor);
    offset = end;
    const lines = (rest + buffer.toString('utf8')).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) write(`${label.padEnd(16)} ${line}`);
  }, 200);
  timer.unref();
  return () => clearInterval(timer);
}

function size(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
