// Interrupts a main thread that is busy past the deadline of its shutdown, when its own timers cannot run. A thread of
// its own waits; then it writes one line to stderr and ends the JavaScript that runs on the main thread, by the
// inspector. The main thread's overdue timers run next, and one of them exits (run-service.ts). A signal would not do:
// the kernel drops what the first process of a container sends to itself.
// Guarantees: it costs nothing before the shutdown, and does not keep a process from ending.
// Does not interrupt native code that never returns to JavaScript.
import { Worker } from 'node:worker_threads';

const program = `
  const { writeSync } = require('node:fs');
  const { Session } = require('node:inspector');
  const { workerData: { afterMs, line } } = require('node:worker_threads');
  setTimeout(() => {
    writeSync(2, line + '\\n');
    const session = new Session();
    session.connectToMainThread();
    session.post('Runtime.terminateExecution');
  }, afterMs);
`;

export function startShutdownWatchdog(afterMs: number): void {
  const line = JSON.stringify({
    level: 'fatal',
    time: new Date(Date.now() + afterMs).toISOString(),
    pid: process.pid,
    msg: 'the main thread is busy past the deadline of the shutdown, it is interrupted',
  });
  const worker = new Worker(program, { eval: true, workerData: { afterMs, line }, execArgv: [], stdout: false });
  worker.on('error', () => undefined);
  worker.unref();
}
