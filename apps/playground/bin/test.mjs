// `npm test [-- --only unit]`: lint, types, unit, integration, e2e. `npm test -- --spec <file>`: one spec file.
// The last line is always `N passed, N failed`.
import { join } from 'node:path';
import { Failure, handOver, main, prepare, root } from './prepare.mjs';

await main(async () => {
  const started = Date.now();
  try {
    await prepare();
  } catch (error) {
    console.error(error instanceof Failure ? error.message : error);
    console.log('0 passed, 1 failed');
    process.exitCode = 1;
    return;
  }
  handOver(join(root, 'apps/playground/dist/test-run/main.js'), process.argv.slice(2), {
    CARILLON_PREPARED_MS: String(Date.now() - started),
  });
});
