// `npm start`: the playground, on a fresh clone too.
import { join } from 'node:path';
import { handOver, main, prepare, root } from './prepare.mjs';

await main(async () => {
  await prepare();
  handOver(join(root, 'apps/playground/dist/main.js'), process.argv.slice(2));
});
