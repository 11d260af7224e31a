// Adding up what Jest says.
import { describe, expect, it } from '@jest/globals';
import { JestCounts } from './jest-counts.ts';

describe('the counts of a test run', () => {
  it('add up over projects, with colours or without', () => {
    const counts = new JestCounts();
    counts.read('Test Suites: 1 failed, 3 passed, 4 total');
    counts.read('\u001b[1mTests:       \u001b[22m\u001b[31m2 failed\u001b[39m, 1 skipped, 10 passed, 13 total');
    counts.read('  Tests:       5 passed, 5 total');
    expect(counts.result(1)).toEqual({ passed: 15, failed: 2 });
  });

  it('never say that all is well when the command failed', () => {
    const counts = new JestCounts();
    counts.read('Tests:       3 passed, 3 total');
    expect(counts.result(1)).toEqual({ passed: 3, failed: 1 });
    expect(counts.result(0)).toEqual({ passed: 3, failed: 0 });
  });
});
