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
  '@opentelemetry/instrumentation-pg',
  '@opentelemetry/instrumentation-undici',
  '@opentelemetry/sdk-node',
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
  ...kafkaClients,
  // The patches of kafkajs, and the specs that compare with it, need its inner parts.
  'kafkajs/src/*',
];
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
      { sourceTag: 'side:witness', onlyDependOnLibsWithTags: [] },
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
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Only the readers of configuration read the environment.' },
      ],
      'no-restricted-imports': [
        'error',
        {
          paths: ['process', 'node:process'].map((name) => ({
            name,
            importNames: ['env'],
            message: 'Only the readers of configuration read the environment.',
          })),
        },
      ],
    },
  },
  {
    files: ['**/*.spec.ts', '**/testing/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': boundaries(testPackages, ['tier:testing']) },
  },
  { files: environmentReaders, rules: { 'no-restricted-properties': 'off', 'no-restricted-imports': 'off' } },
);
