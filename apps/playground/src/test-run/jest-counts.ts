// Adds up the summaries that Jest prints for each project, also those that Nx prints from its cache. A run that fails
// without a failed test (a suite that does not load, a lint error) counts as one failure, so that it is never zero.
import { withoutColours } from './without-colours.ts';

export interface Counts {
  passed: number;
  failed: number;
}

export class JestCounts {
  passed = 0;
  failed = 0;

  read(line: string): void {
    const plain = withoutColours(line);
    const summary = /^\s*Tests:\s+(.*\btotal)\s*$/.exec(plain);
    if (!summary) return;
    const [, counts = ''] = summary;
    const number = (name: string): number => Number(new RegExp(`(\\d+) ${name}\\b`).exec(counts)?.[1] ?? 0);
    this.passed += number('passed');
    this.failed += number('failed');
  }

  /** The counts of the step, given its exit code. */
  result(exitCode: number): Counts {
    return { passed: this.passed, failed: this.failed === 0 && exitCode !== 0 ? 1 : this.failed };
  }
}
