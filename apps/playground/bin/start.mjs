// `npm start`: the playground, in a fresh clone too. `--help` answers before anything is installed or built, from a text
// that a test compares with the options of the playground.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { handOver, main, prepare, root } from './prepare.mjs';

const args = process.argv.slice(2);

if (args.some((arg) => arg === '--help' || arg === '-h')) {
  process.stdout.write(readFileSync(new URL('start-help.txt', import.meta.url), 'utf8'));
} else {
  await main(async () => {
    await prepare();
    handOver(join(root, 'apps/playground/dist/main.js'), args);
  });
}
