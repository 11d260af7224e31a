// Rules for tests and their switches that no linter's rule says: what a source must not hold, and why.

interface Rule {
  forbidden: RegExp;
  reason: string;
}

/** In every spec. */
const ofSpecs: Rule[] = [
  { forbidden: /\bretryTimes\(/, reason: 'a test that passes at the second try hides what the first one found' },
];

/**
 * In apps/e2e. Waiting for a condition is `until`; `setTimeout` with a named pause belongs to a loop that publishes.
 */
const ofEndToEnd: Rule[] = [
  {
    forbidden: /setTimeout\(\w+, [\d_]+\)/,
    reason: 'wait for a signal, not for a time: what comes later is not seen',
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
    ...(file.startsWith('apps/e2e/') ? ofEndToEnd : []),
    ...(isTest || isWorkbench || file === 'libs/telemetry/src/checkpoints.ts' ? [] : ofProduction),
  ];
  return rules
    .filter(({ forbidden }) => forbidden.test(source))
    .map(({ forbidden, reason }) => `${file}: ${forbidden.exec(source)![0]} (${reason})`);
}
