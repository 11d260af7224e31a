// `npm run bench [-- NAME]`: performance side by side (apps/bench).
import { join } from 'node:path';
import { handOver, main, prepare, root } from './prepare.mjs';

await main(async () => {
  await prepare();
  handOver(join(root, 'apps/bench/dist/main.js'), process.argv.slice(2));
});
