// Preloaded into a service by a spec (`node --import`, see kill-at.ts): ends the process by SIGKILL, as a failing
// machine would, when it reaches a checkpoint for the nth time. KILL_AT is `<n> <diagnostics channel>`. It imports
// nothing of the service, which loads its own modules in its own order.
import { subscribe } from 'node:diagnostics_channel';
import { environment } from '../environment.ts';

const { KILL_AT: wanted = '' } = environment;
const [times, name] = wanted.split(' ');
let left = Number(times);
if (!name || !(left > 0)) throw new Error(`KILL_AT: "${wanted}" is not "<n> <diagnostics channel>"`);
subscribe(name, () => {
  if (--left === 0) process.kill(process.pid, 'SIGKILL');
});
