// Reduces a batch of a state topic to the newest change of each key, because a statement may write a row only once.
// Pure. Guarantees: the result does not depend on the order of the records, nor on repetitions.

/** The change of a key that a record of a state topic describes. */
export interface Change<State> {
  key: string;
  /** Null: the key was deleted. */
  state: State | null;
  /** Null: a tombstone without a version. It deletes the states with an earlier timestamp. */
  version: number | null;
  /** The time of the record, in ms since 1970. */
  timestamp: number;
}

/** The version of a state without one, which products may send, is the time of its record. */
export function changeOf<State extends { version?: number | undefined }>(record: {
  key: string | null;
  data: State | null;
  version?: number | undefined;
  timestamp: number;
}): Change<State> {
  const { key, data: state, timestamp } = record;
  const version = state ? (state.version ?? timestamp) : (record.version ?? null);
  return { key: key!, state, version, timestamp };
}

export function newestChanges<State>(changes: readonly Change<State>[]): Change<State>[] {
  const newest = new Map<string, Change<State>>();
  for (const change of changes) {
    const known = newest.get(change.key);
    if (!known || replaces(change, known)) newest.set(change.key, change);
  }
  return [...newest.values()];
}

/** Two states with one version are the same state; a deletion with that version is newer. */
function replaces(next: Change<unknown>, known: Change<unknown>): boolean {
  if (next.version === null || known.version === null) return next.timestamp >= known.timestamp;
  return next.state === null ? next.version >= known.version : next.version > known.version;
}
