// Forbids sockets and processes to the code that runs in this process: a plain spec (`x.spec.ts`) does no I/O, and a
// spec that needs some is named `x.int.spec.ts`.
// Guarantees that each attempt throws at once and is remembered, so that code which swallows the error is found too.
// Does not look at files, worker threads or timers.
// Node's modules are fetched without an import: Jest copies the names of an imported one, and a later change would
// not be seen.

const childProcess = process.getBuiltinModule('node:child_process');
const net = process.getBuiltinModule('node:net');

export interface Forbidden {
  /** What was attempted, in its order. */
  readonly attempts: readonly string[];
  /** Everything is permitted again. */
  lift(): void;
}

/** Where a method is replaced, and what a call of it means to a reader. */
const methods: { of: object; name: string; does: string }[] = [
  { of: net.Server.prototype, name: 'listen', does: 'listens on a port' },
  { of: net.Socket.prototype, name: 'connect', does: 'opens a connection' },
  { of: childProcess.ChildProcess.prototype, name: 'spawn', does: 'starts a process' },
  ...['spawnSync', 'execSync', 'execFileSync'].map((name) => ({ of: childProcess, name, does: 'starts a process' })),
];

export function forbidIo(specFile: string): Forbidden {
  const attempts: string[] = [];
  const restore = methods.map(({ of, name, does }) => {
    const target = of as Record<string, unknown>;
    const original = target[name];
    target[name] = () => {
      attempts.push(does);
      throw new Error(`${specFile} ${does}: a spec that does I/O is named .int.spec.ts`);
    };
    return () => void (target[name] = original);
  });
  return { attempts, lift: () => restore.forEach((undo) => undo()) };
}
