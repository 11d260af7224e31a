// One Jest configuration for every project: ESM through swc, sources of our libraries instead of their builds, and no
// I/O in plain specs. A run whose process does not end after its tests fails, and says what keeps it.
const { join } = require('node:path');

module.exports = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testEnvironmentOptions: { customExportConditions: ['@carillon/source', 'node', 'node-addons'] },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2023',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
        },
        module: { type: 'es6' },
      },
    ],
  },
  setupFilesAfterEnv: [join(__dirname, 'apps/playground/src/test-run/plain-spec.setup.ts')],
  globalTeardown: join(__dirname, 'apps/playground/src/test-run/end-in-time.cjs'),
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
};
