// `npx carillon`: what producers and operators do from a terminal.
import { readFileSync } from 'node:fs';
import { runCarillon } from './carillon.ts';

export function main(): Promise<number> {
  return runCarillon(process.argv.slice(2), {
    env: process.env,
    cwd: process.cwd(),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stdin: () => readFileSync(0, 'utf8'),
  });
}
