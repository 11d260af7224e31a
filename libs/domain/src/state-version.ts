// Whether the version of a state record is plausible: the rule that every replica of a `*.changed` topic applies before
// it compares versions. Pure.
//
// A version is any number that grows with each change of its key: a counter, or the time of the change in milliseconds.
// The rule: it may be at most 24 hours ahead of the record's time, which the broker sets (LogAppendTime), both counted
// in milliseconds since 1970. A counter never comes near that bound.
//
// Guarantees: a replica that reads a topic again, or reads only what compaction has left, decides the same, because the
// rule uses nothing but the record itself. A writer that uses times (`nextVersion`: every service of Carillon's) is
// outranked by a forged version for 24 hours at most. Does not guarantee: a writer that uses a counter is outranked by
// any forged version until it continues above that version, for example with the time in milliseconds. Only the topic's
// ACLs keep forged records out.
export const versionLeadMs = 86_400_000;

/** The version of the change after `version`: the time in milliseconds, and always above the one before. */
export const nextVersion = (version: number, now = Date.now()): number => Math.max(version + 1, now);

/**
 * What is wrong with the version, in words for a dead letter; undefined where it may be used.
 * @param recordedAt the record's time, in ms since 1970
 */
export function versionProblem(version: number, recordedAt: number): string | undefined {
  if (!Number.isSafeInteger(version) || version < 0)
    return 'the version must be a whole number between 0 and 9007199254740991';
  if (version <= recordedAt + versionLeadMs) return undefined;
  return `the version ${version} is more than 24 hours ahead of the record's time (${recordedAt}), both in milliseconds since 1970; use a counter or that time`;
}
