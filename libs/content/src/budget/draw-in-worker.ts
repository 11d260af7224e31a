// The part of render-workers.ts that runs in the thread: it answers each request with the result of its render
// function. Guarantees: an exception is the answer to its own request and has no other effect.
import { parentPort } from 'node:worker_threads';
import type { WorkerAnswer, WorkerRequest } from './render-workers.ts';

export type DrawFunctions = Readonly<Record<string, (input: never) => unknown>>;

export function drawInWorker(functions: DrawFunctions): void {
  const answer = (value: WorkerAnswer['answer']): void =>
    parentPort?.postMessage({ answer: value, cpuMs: cpuMs() } satisfies WorkerAnswer);
  parentPort?.on('message', ({ kind, input }: WorkerRequest) => {
    try {
      const draw = Object.hasOwn(functions, kind) ? functions[kind] : undefined;
      if (!draw) throw new Error(`nothing draws ${kind}`);
      answer({ output: draw(input as never) });
    } catch (error) {
      answer({ error: error instanceof Error ? `${error.name}: ${error.message}` : String(error) });
    }
  });
  answer('ready');
}

/** Of this thread; undefined before Node.js 23.9. */
function cpuMs(): number | undefined {
  if (typeof process.threadCpuUsage !== 'function') return undefined;
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
