// Adds up what Jest says at the end of each project's run, also when Nx shows it from its cache. A run that breaks
// without a failed test (a suite that does not load, a lint error) counts as one failure: nothing red adds up to zero.
export interface Counts {
  passed: number;
  failed: number;
}

/** Terminal colours. */
const colours = /\u001b\[[0-9;]*m/g;

export class JestCounts {
  passed = 0;
  failed = 0;

  read(line: string): void {
    const plain = line.replace(colours, '');
    const summary = /^\s*Tests:\s+(.*\btotal)\s*$/.exec(plain);
    if (!summary) return;
    const [, counts = ''] = summary;
    const number = (name: string): number => Number(new RegExp(`(\\d+) ${name}\\b`).exec(counts)?.[1] ?? 0);
    this.passed += number('passed');
    this.failed += number('failed');
  }

  /** What the step counts for, given how it ended. */
  result(exitCode: number): Counts {
    return { passed: this.passed, failed: this.failed === 0 && exitCode !== 0 ? 1 : this.failed };
  }
}
