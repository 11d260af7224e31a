// Boundaries as tags (CONTRIBUTING.md prints the same table), and the few rules that catch real defects here.
// apps/checks/src/lint/rules.int.spec.ts has code that each rule must refuse. Import cycles are Biome's: .biome.json.
import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

const kafkaClients = ['kafkajs', '@platformatic/kafka'];

/** The npm packages that the shared libraries may import. A new one is a line here, and its reason is in the commit. */
const domainPackages = ['zod'];
const platformPackages = [
  '@nestjs/common',
  '@nestjs/common/constants.js',
  '@nestjs/core',
  '@nestjs/microservices',
  '@nestjs/platform-express',
  '@nestjs/swagger',
  '@opentelemetry/api',
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/core',
  '@opentelemetry/exporter-metrics-otlp-grpc',
  '@opentelemetry/exporter-metrics-otlp-http',
  '@opentelemetry/exporter-metrics-otlp-proto',
  '@opentelemetry/exporter-trace-otlp-grpc',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/instrumentation-pg',
  '@opentelemetry/instrumentation-undici',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/sdk-node',
  '@opentelemetry/sdk-trace',
  '@slack/web-api',
  '@standard-schema/spec',
  'express',
  'helmet',
  'jose',
  'lru-cache',
  'lz4-napi',
  'marked',
  'pg',
  'pino',
  'prom-client',
  'reflect-metadata',
  'rxjs',
  'snappy',
  'typeorm',
  'typeorm/driver/postgres/PostgresDataSourceOptions.js',
  'undici',
  'yaml',
  'zod',
];
/** Of libs/messaging alone (ADR 2). Its patches of kafkajs, and the specs that compare with it, need the inner parts. */
const messagingPackages = [...kafkaClients, 'kafkajs/src/*'];
/** What specs and the `testing` folders of libraries may import besides. */
const testPackages = ['@jest/globals', '@nestjs/testing', 'fast-check'];

const boundaries = (extraPackages, extraTags) => [
  'error',
  {
    allow: [],
    depConstraints: [
      {
        sourceTag: 'tier:app',
        onlyDependOnLibsWithTags: ['tier:platform', 'tier:domain', ...extraTags],
        bannedExternalImports: kafkaClients,
      },
      {
        sourceTag: 'tier:workbench',
        onlyDependOnLibsWithTags: ['tier:platform', 'tier:domain', 'tier:workbench', 'tier:testing'],
      },
      {
        sourceTag: 'tier:platform',
        onlyDependOnLibsWithTags: ['tier:platform', 'tier:domain', ...extraTags],
        allowedExternalImports: [...platformPackages, ...extraPackages],
      },
      {
        sourceTag: 'tier:domain',
        onlyDependOnLibsWithTags: ['tier:domain'],
        allowedExternalImports: [...domainPackages, ...extraPackages],
      },
      { sourceTag: 'tier:testing', onlyDependOnLibsWithTags: ['tier:domain'], allowedExternalImports: extraPackages },
      { sourceTag: 'side:browser', onlyDependOnLibsWithTags: ['tier:domain'] },
      { sourceTag: 'side:isolated', onlyDependOnLibsWithTags: [] },
    ],
  },
];

/** Where `process.env` may be read. All other code is given its configuration. */
const environmentReaders = [
  'apps/*/src/config.ts',
  // The start of a process hands its environment to the configuration's reader.
  'apps/*/src/main.ts',
  'libs/runtime/src/process/run-service.ts',
  // Telemetry and logging start before there is a configuration.
  'libs/telemetry/src/{logger,service-name,start}.ts',
  // One place of each workbench project.
  'apps/{bench,e2e,playground}/src/environment.ts',
  // It is preloaded into a service, so it may not import anything of ours.
  'apps/e2e/src/checkpoints/kill-at-preload.ts',
  // The baselines of the benchmarks are processes of one file each.
  'apps/bench/src/bare/*.ts',
  // Specs and their helpers are told the addresses of the test servers.
  '**/*.spec.ts',
  '**/testing/**/*.ts',
];

/**
 * Text with two SQL words, in a string or in the parts of a template. The parts are tested one by one, so that the
 * words and the placeholder may stand in different ones.
 */
const sqlWord = '/\\b(SELECT|INSERT|UPDATE|DELETE|WHERE|AND|VALUES|SET|FROM|LIMIT|RETURNING)\\b/';
/** `$2` and above, or an array of values: `unnest($1`. One value alone has no order to get wrong. */
const handNumbered = '/(\\$([2-9]|[1-9][0-9])|unnest\\(\\$[0-9])/';
const handNumberedSql = {
  message: 'A statement with several values, or with arrays of them, is made with defineStatement (libs/persistence).',
};
const sqlRules = [
  { ...handNumberedSql, selector: `Literal[value=${sqlWord}][value=${handNumbered}]` },
  {
    ...handNumberedSql,
    selector: `TemplateLiteral:has(TemplateElement[value.raw=${sqlWord}]):has(TemplateElement[value.raw=${handNumbered}])`,
  },
];
/** Statements that are numbered by hand still. A file leaves the list when it is rewritten; none joins it. */
const handNumberedFiles = ['apps/delivery/src/lanes/lanes.controller.ts', 'apps/delivery/src/ledger/digests.ts'];

const environmentPaths = ['process', 'node:process'].map((name) => ({
  name,
  importNames: ['env'],
  message: 'Only the readers of configuration read the environment.',
}));

/**
 * What each folder of delivery may import of the others: a record goes down through ingest, dispatch and the ledger,
 * and nothing below knows what is above it. Folders that are not named here (the routes) may import all of these.
 */
const deliveryFolders = {
  model: [],
  files: [],
  ledger: ['model'],
  channels: ['model', 'files'],
  dispatch: ['model', 'ledger', 'channels/channel.ts'],
  ownership: ['model', 'ledger', 'dispatch'],
  ingest: ['model', 'ledger', 'channels', 'dispatch', 'ownership'],
  maintenance: ['model', 'ledger', 'dispatch', 'ownership'],
};

const deliveryImports = Object.entries(deliveryFolders).map(([folder, allowed]) => ({
  files: [`apps/delivery/src/${folder}/**/*.ts`],
  ignores: ['**/*.spec.ts', '**/testing/**/*.ts'],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        paths: environmentPaths,
        patterns: [
          {
            regex: `^(\\.\\./)+(?!${[folder, ...allowed].map((name) => (name.includes('.') ? `${name}$` : `${name}/`)).join('|')})(${[...Object.keys(deliveryFolders), 'cells', 'deliveries', 'lanes', 'timeline'].join('|')})/`,
            message: `apps/delivery/src/${folder} may import ${allowed.length === 0 ? 'no other folder' : allowed.join(', ')}: see deliveryFolders in eslint.config.js.`,
          },
        ],
      },
    ],
  },
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/*.cjs', '**/*.mjs', 'eslint.config.js', '.commitlintrc.js'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': boundaries([], []),
      '@typescript-eslint/no-floating-promises': 'error',
      // A `default` does not excuse a missing case: a new member of a union must be thought about wherever it is read.
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: false }],
      '@typescript-eslint/consistent-type-imports': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Biome wraps code at 120 columns, and leaves comments and what it cannot break as they are.
      'max-len': [
        'error',
        {
          code: 120,
          comments: 120,
          ignoreUrls: true,
          ignoreStrings: true,
          ignoreTemplateLiterals: true,
          ignoreRegExpLiterals: true,
        },
      ],
      'no-restricted-syntax': ['error', ...sqlRules],
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only the readers of configuration read the environment.' },
      ],
      'no-restricted-imports': ['error', { paths: environmentPaths }],
    },
  },
  {
    files: ['**/*.spec.ts', '**/testing/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries(testPackages, ['tier:testing']) },
  },
  {
    files: ['libs/messaging/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries(messagingPackages, []) },
  },
  {
    files: ['libs/messaging/**/*.spec.ts', 'libs/messaging/**/testing/**/*.ts'],
    rules: {
      '@nx/enforce-module-boundaries': boundaries([...testPackages, ...messagingPackages], ['tier:testing']),
    },
  },
  // Specs write a few short statements, and the spec of defineStatement expects the numbers.
  { files: ['**/*.spec.ts', ...handNumberedFiles], rules: { 'no-restricted-syntax': 'off' } },
  ...deliveryImports,
  { files: environmentReaders, rules: { 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' } },
);
