// The name of this process in traces and logs: OTEL_SERVICE_NAME, or else the name of the npm package whose script was
// started, without its scope. Guarantees: every process has a name, a REPL too.
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

let known: string | undefined;

export function serviceName(): string {
  return (known ??= process.env['OTEL_SERVICE_NAME'] || nameOfMainPackage() || 'carillon');
}

function nameOfMainPackage(): string | undefined {
  const script = process.argv[1];
  if (!script || !existsSync(script)) return undefined;
  let folder = dirname(realpathSync(script));
  for (;;) {
    const file = join(folder, 'package.json');
    if (existsSync(file)) {
      const name = (JSON.parse(readFileSync(file, 'utf8')) as { name?: string }).name;
      return name?.replace(/^@[^/]+\//, '');
    }
    const parent = dirname(folder);
    if (parent === folder) return undefined;
    folder = parent;
  }
}
