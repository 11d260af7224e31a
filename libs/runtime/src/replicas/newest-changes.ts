// What a batch of a state topic comes to: the newest change of each key, since one statement may touch a row once only.
// Guarantees: whatever the order in which records come and however often, the same change remains. Pure.

/** What a record of a state topic says about its key. */
export interface Change<State> {
  key: string;
  /** Null: the key was deleted. */
  state: State | null;
  /** Null: a tombstone that names no version, which ends what was written before it. */
  version: number | null;
  /** Of the record, in ms since 1970. */
  timestamp: number;
}

/** A state without a version, which products may send, is as new as its record. */
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

/** Of one version there is one state, and a deletion is the last one. */
function replaces(next: Change<unknown>, known: Change<unknown>): boolean {
  if (next.version === null || known.version === null) return next.timestamp >= known.timestamp;
  return next.state === null ? next.version >= known.version : next.version > known.version;
}
