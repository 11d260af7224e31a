// Preloaded into a service by a spec (`node --import`, see kill-at.ts): ends the process by SIGKILL, as a failing
// machine would, when it reaches a checkpoint for the nth time. KILL_AT is `<n> <diagnostics channel>`. It imports
// nothing of ours, so that the service loads its own modules in its own order.
import { subscribe } from 'node:diagnostics_channel';

const [times, name] = (process.env['KILL_AT'] ?? '').split(' ');
let left = Number(times);
if (!name || !(left > 0)) throw new Error(`KILL_AT: "${process.env['KILL_AT']}" is not "<n> <diagnostics channel>"`);
subscribe(name, () => {
  if (--left === 0) process.kill(process.pid, 'SIGKILL');
});
