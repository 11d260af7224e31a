import { describe, expect, it } from '@jest/globals';
import { nextVersion, versionLeadMs, versionProblem } from './state-version.ts';

const recordedAt = Date.UTC(2026, 10, 26, 12);

describe('the version of the next change', () => {
  it('is the time, so that it soon outranks whatever was believed, and grows even where the clock stands or goes back', () => {
    expect(nextVersion(0, recordedAt)).toBe(recordedAt);
    expect(nextVersion(7, recordedAt)).toBe(recordedAt);
    expect(nextVersion(recordedAt, recordedAt)).toBe(recordedAt + 1);
    expect(nextVersion(recordedAt + 500, recordedAt)).toBe(recordedAt + 501);
    const forged = recordedAt + versionLeadMs;
    expect(versionProblem(forged, recordedAt)).toBeUndefined();
    expect(nextVersion(3, recordedAt + versionLeadMs + 1)).toBeGreaterThan(forged);
  });
});

describe('the version of a state record', () => {
  it.each([0, 1, 4_000_000_000, recordedAt - 1, recordedAt, recordedAt + versionLeadMs])(
    'may be a counter or a time that is not far ahead: %d',
    (version) => {
      expect(versionProblem(version, recordedAt)).toBeUndefined();
    },
  );

  it.each([recordedAt + versionLeadMs + 1, recordedAt * 1_000, 9e15, Number.MAX_SAFE_INTEGER])(
    'cannot outrank all later ones by lying far in the future: %d',
    (version) => {
      expect(versionProblem(version, recordedAt)).toContain('24 hours ahead');
    },
  );

  it.each([-1, 1.5, Number.MAX_SAFE_INTEGER + 1, Infinity, NaN])(
    'is a whole number that can be held exactly: %d',
    (version) => {
      expect(versionProblem(version, recordedAt)).toContain('whole number');
    },
  );
});
