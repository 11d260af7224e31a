#!/usr/bin/env node
// The door to the command line: says in one sentence what is missing, else starts the built program. Plain JavaScript
// without dependencies, so that it works before anything is installed or built.
import { existsSync } from 'node:fs';

const built = new URL('../dist/main.js', import.meta.url);

if (Number.parseInt(process.versions.node) < 20)
  fail(`carillon needs Node 20 or newer; this is ${process.versions.node}.`);
if (!existsSync(built))
  fail(
    'carillon is not built yet: run `npm install && npm run build` in the repository (or `npm start`, which does both).',
  );

// Log lines are for services; here the commands speak for themselves. Said before anything creates a logger.
process.env.LOG_LEVEL ??= 'silent';

try {
  const { main } = await import(built.href);
  process.exitCode = await main();
} catch (error) {
  if (error?.code !== 'ERR_MODULE_NOT_FOUND') throw error;
  fail('carillon is installed or built only in part: run `npm install && npm run build` in the repository.');
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
