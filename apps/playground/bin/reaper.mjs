// Outlives its parent for a moment, so that nothing else does. The parent writes `add <pid> <signal>` and
// `remove <pid>` lines; when the pipe closes without a goodbye (the parent was killed), every process group still
// listed is told to stop, and killed five seconds later.
import { createInterface } from 'node:readline';

const groups = new Map();
process.on('SIGINT', () => {});
process.on('SIGTERM', () => {});
process.on('SIGHUP', () => {});

const signalAll = (choose) => {
  for (const [pid, signal] of groups) {
    try {
      process.kill(-pid, 'SIGCONT');
      process.kill(-pid, choose(signal));
    } catch {
      groups.delete(pid);
    }
  }
};

const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => {
  const [verb, pid, signal = 'SIGTERM'] = line.split(' ');
  if (verb === 'add') groups.set(Number(pid), signal);
  if (verb === 'remove') groups.delete(Number(pid));
});
lines.on('close', () => {
  if (groups.size === 0) process.exit(0);
  signalAll((signal) => signal);
  const deadline = Date.now() + 5_000;
  const timer = setInterval(() => {
    signalAll(() => (Date.now() < deadline ? 0 : 'SIGKILL'));
    if (groups.size === 0) {
      clearInterval(timer);
      process.exit(0);
    }
  }, 100);
});
