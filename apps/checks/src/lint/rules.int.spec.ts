// Every lint rule that this repository relies on refuses the code that it is there for. A rule that is switched off, or
// whose options no longer reach the file in question, fails its test here.
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { repository } from '../repository.ts';
import { run } from '../run.ts';
import type { Snippet } from './lint-snippets.ts';

interface Case extends Snippet {
  what: string;
  /** The rule that refuses the code; nothing when the code must pass. */
  rule?: string;
}

const boundaries = '@nx/enforce-module-boundaries';
const exhaustive = '@typescript-eslint/switch-exhaustiveness-check';
const colour = "declare const colour: 'red' | 'green';\n";
const long = 'x'.repeat(120);

const cases: Case[] = [
  {
    what: 'a promise that nobody waits for',
    at: 'libs/domain/src/index.ts',
    code: 'export function send(): void {\n  Promise.resolve();\n}\n',
    rule: '@typescript-eslint/no-floating-promises',
  },
  {
    what: 'a switch without one of the cases',
    at: 'libs/domain/src/index.ts',
    code: `${colour}switch (colour) {\n  case 'red':\n    break;\n}\n`,
    rule: exhaustive,
  },
  {
    what: 'a switch whose default hides one of the cases',
    at: 'libs/domain/src/index.ts',
    code: `${colour}switch (colour) {\n  case 'red':\n    break;\n  default:\n    break;\n}\n`,
    rule: exhaustive,
  },
  {
    what: 'a switch with all cases',
    at: 'libs/domain/src/index.ts',
    code: `${colour}switch (colour) {\n  case 'red':\n  case 'green':\n    break;\n}\n`,
  },
  { what: 'a comment beyond column 120', at: 'libs/domain/src/index.ts', code: `// ${long}\n`, rule: 'max-len' },
  {
    what: 'code beyond column 120',
    at: 'libs/domain/src/index.ts',
    code: `export const ${long} = 1;\n`,
    rule: 'max-len',
  },
  { what: 'a string beyond column 120', at: 'libs/domain/src/index.ts', code: `export const a = '${long}';\n` },
  {
    what: 'process.env in a service',
    at: 'apps/preferences/src/app.module.ts',
    code: "export const level = process.env['LOG_LEVEL'];\n",
    rule: 'no-restricted-properties',
  },
  {
    what: 'process.env taken apart',
    at: 'libs/domain/src/index.ts',
    code: 'export const { env } = process;\n',
    rule: 'no-restricted-properties',
  },
  {
    what: 'the environment by import',
    at: 'libs/domain/src/index.ts',
    code: "import { env } from 'node:process';\nexport const level = env['LOG_LEVEL'];\n",
    rule: 'no-restricted-imports',
  },
  {
    what: "process.env in a service's configuration",
    at: 'apps/preferences/src/config.ts',
    code: "export const level = process.env['LOG_LEVEL'];\n",
  },
  {
    what: 'an npm package in the domain that is not on its list',
    at: 'libs/domain/src/index.ts',
    code: "export { parse } from 'yaml';\n",
    rule: boundaries,
  },
  {
    what: 'an npm package in a platform library that is not on its list',
    at: 'libs/telemetry/src/index.ts',
    code: "export { Command } from 'commander';\n",
    rule: boundaries,
  },
  {
    what: 'a test package outside of specs',
    at: 'libs/domain/src/index.ts',
    code: "export { expect } from '@jest/globals';\n",
    rule: boundaries,
  },
  {
    what: 'a package on the list',
    at: 'libs/domain/src/index.ts',
    code: "export { z } from 'zod';\n",
  },
  {
    what: 'a Kafka client in a service',
    at: 'apps/preferences/src/app.module.ts',
    code: "export { Kafka } from 'kafkajs';\n",
    rule: boundaries,
  },
  {
    what: 'a Kafka client in a platform library',
    at: 'libs/runtime/src/index.ts',
    code: "export { Kafka } from 'kafkajs';\n",
    rule: boundaries,
  },
  {
    what: "a Kafka client's inner part in a spec of a platform library",
    at: 'libs/runtime/src/process/readiness.spec.ts',
    code: "export * from 'kafkajs/src/index.js';\n",
    rule: boundaries,
  },
  {
    what: 'a Kafka client in libs/messaging',
    at: 'libs/messaging/src/index.ts',
    code: "export { Kafka } from 'kafkajs';\n",
  },
  {
    what: 'a library for tests in product code of a service',
    at: 'apps/delivery/src/app.module.ts',
    code: "export { SlackSimulator } from '@carillon/slack-testing';\n",
    rule: boundaries,
  },
  {
    what: 'a library for tests in product code of a platform library',
    at: 'libs/slack/src/index.ts',
    code: "export { SlackSimulator } from '@carillon/slack-testing';\n",
    rule: boundaries,
  },
  {
    what: 'a library for tests in a spec of a service',
    at: 'apps/delivery/src/channels/slack/files/files.int.spec.ts',
    code: "export { SlackSimulator } from '@carillon/slack-testing';\n",
  },
  {
    what: 'a platform library in the domain',
    at: 'libs/domain/src/index.ts',
    code: "export { createLogger } from '@carillon/telemetry';\n",
    rule: boundaries,
  },
  {
    what: 'a service in a service',
    at: 'apps/preferences/src/app.module.ts',
    code: "export * from '@carillon/delivery';\n",
    rule: boundaries,
  },
  ...[
    ['model/operation', '../ledger/claims.ts'],
    ['files/file-error', '../channels/channel.ts'],
    ['ledger/claims', '../dispatch/attempts.ts'],
    ['channels/slack/files/attachments', '../../../ledger/claims.ts'],
    ['dispatch/lane', '../channels/slack/slack-channel.ts'],
    ['ownership/lease', '../maintenance/jobs.ts'],
    ['ingest/gate', '../maintenance/jobs.ts'],
    ['maintenance/jobs', '../deliveries/deliveries.ts'],
  ].map(([file, path]) => ({
    what: `what stands above it, in delivery's ${file}`,
    at: `apps/delivery/src/${file}.ts`,
    code: `export * from '${path}';\n`,
    rule: 'no-restricted-imports',
  })),
  {
    what: 'a library of ours in the simulator',
    at: 'apps/slack-simulator/src/main.ts',
    code: "export { notificationRequested } from '@carillon/domain';\n",
    rule: boundaries,
  },
  ...[
    ['two values', "'UPDATE sync SET error = $2 WHERE id = $1'"],
    ['values around a part', '`UPDATE ${name} SET error = 1 WHERE id = $1 AND at = $2`'],
    ['values behind a part', '`SELECT ${name} = $1, $2`'],
    ['an array of values', "'DELETE FROM sync USING unnest($1::uuid[]) AS u (id)'"],
  ].map(([what, sql]) => ({
    what: `a statement with ${what} that are numbered by hand`,
    at: 'apps/directory-sync/src/config.ts',
    code: `declare const name: string;\nexport const sql = [name, ${sql}];\n`,
    rule: 'no-restricted-syntax',
  })),
  {
    what: 'a statement with one value, and a replacement that is no statement',
    at: 'apps/directory-sync/src/config.ts',
    code: "export const sql = ['SELECT FROM sync WHERE id = $1', 'a-b'.replace(/(.)-(.)/, '$2-$1')];\n",
  },
  {
    what: 'a disable comment that disables nothing',
    at: 'libs/domain/src/index.ts',
    code: '// eslint-disable-next-line no-debugger\nexport const a = 1;\n',
    rule: "Unused eslint-disable directive (no problems were reported from 'no-debugger').",
  },
];

describe('ESLint', () => {
  let broken: string[][];
  beforeAll(async () => {
    broken = JSON.parse(
      await run('env', ['NX_DAEMON=false', process.execPath, snippets], { input: JSON.stringify(cases) }),
    ) as string[][];
  }, 400_000);

  test.each(cases.map((each, index) => ({ ...each, index, verdict: each.rule ? 'refuses' : 'accepts' })))(
    '$verdict $what',
    ({ index, rule }) => {
      expect(broken[index]).toEqual(rule === undefined ? [] : [rule]);
    },
  );
});

describe('Biome', () => {
  test.each([
    ['of values', "import { b } from './b.ts';\n\nexport const a = () => b;\n"],
    ['of types', "import type { b } from './b.ts';\n\nexport type A = typeof b;\n"],
  ])('a circle %s is refused', async (_, code) => {
    const { a, b } = { a: code, b: "import type { a } from './a.ts';\n\nexport const b = 1 as unknown as typeof a;\n" };
    await expect(biome({ 'a.ts': a, 'b.ts': b })).rejects.toThrow(/noImportCycles/);
  });

  test('code that is not formatted is refused', async () => {
    await expect(biome({ 'a.ts': 'export const a = "b"\n' })).rejects.toThrow(/format/);
  });

  test('other code passes', async () => {
    await biome({ 'a.ts': "import { b } from './b.ts';\n\nexport const a = b;\n", 'b.ts': 'export const b = 1;\n' });
  });
});

const snippets = join(import.meta.dirname, 'lint-snippets.ts');

/** The check of `npm run lint`, with the configuration of the repository, in a folder with these files. */
async function biome(files: Record<string, string>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-checks-'));
  try {
    cpSync(join(repository, '.biome.json'), join(folder, '.biome.json'));
    for (const [name, code] of Object.entries(files)) writeFileSync(join(folder, name), code);
    await run(join(repository, 'node_modules/.bin/biome'), ['ci', '--vcs-enabled=false', '.'], { cwd: folder });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
