// Rules for tests and their switches that no linter's rule says: what a source must not hold, and why.

interface Rule {
  forbidden: RegExp;
  reason: string;
}

/** In every spec. */
const ofSpecs: Rule[] = [
  { forbidden: /\bretryTimes\(/, reason: 'a test that passes at the second try hides what the first one found' },
];

/** In apps/e2e. */
const ofEndToEnd: Rule[] = [
  {
    forbidden: /import \{[^}]*\buntil\b[^}]*\} from '@carillon\/playground'/,
    reason: 'apps/e2e/src/until.ts has one deadline for all, which a busy machine does not reach',
  },
  {
    forbidden: /^ *\}, [\d_]+\);$|^ *\},\n *[\d_]+,\n *\);$/m,
    reason: 'the time that a test may take is one for all: apps/e2e/jest.config.cjs',
  },
];

/** In what runs in production. */
const ofProduction: Rule[] = [
  { forbidden: /['"]SIGKILL['"]/, reason: 'a test kills a process from outside: apps/e2e/src/checkpoints' },
  { forbidden: /carillon\.checkpoint\.|checkpointChannel\(/, reason: 'production code publishes checkpoints only' },
];

/** What breaks a rule in a file, a line each. `file` is the path from the root of the repository. */
export function brokenRules(file: string, source: string): string[] {
  const isTest = /\.spec\.ts$|\/testing\//.test(file);
  const isWorkbench = /^apps\/(bench|checks|e2e|playground|slack-simulator)\//.test(file);
  const rules = [
    ...(file.endsWith('.spec.ts') ? ofSpecs : []),
    ...(file.startsWith('apps/e2e/') && file !== 'apps/e2e/src/until.ts' ? ofEndToEnd : []),
    ...(isTest || isWorkbench || file === 'libs/telemetry/src/checkpoints.ts' ? [] : ofProduction),
  ];
  return rules
    .filter(({ forbidden }) => forbidden.test(source))
    .map(({ forbidden, reason }) => `${file}: ${forbidden.exec(source)![0]} (${reason})`);
}
