// What a batch of a state topic comes to: per key the newest record, since one statement may touch a row once only.
// Promises: whatever the order in which records come and however often, the same row remains.
import type { DataOf, Topic } from '@carillon/domain';
import type { Batch } from '@carillon/messaging';

export interface Newest<State> {
  key: string;
  version: number;
  /** Null: deleted. */
  state: State | null;
}

export function newestByKey<T extends Topic>(
  batch: Batch<T>,
  versionOf: (data: NonNullable<DataOf<T>>) => number,
): Newest<NonNullable<DataOf<T>>>[] {
  const newest = new Map<string, Newest<NonNullable<DataOf<T>>>>();
  for (const record of batch.records) {
    const state = record.data ?? null;
    const version = state === null ? record.version : versionOf(state);
    if (record.key === null || version === undefined) {
      batch.reject(record, 'unreadable', record.key === null ? 'a state record needs a key' : 'a tombstone needs a version header');
      continue;
    }
    const known = newest.get(record.key);
    // Of one version there is one state, and deletion is the last one.
    if (!known || version > known.version || (version === known.version && state === null)) {
      newest.set(record.key, { key: record.key, version, state });
    }
  }
  return [...newest.values()];
}

/** The same rule for the row that is there already. */
export const isNewer = (table: string): string =>
  `excluded.version > ${table}.version OR (excluded.version = ${table}.version AND excluded.deleted AND NOT ${table}.deleted)`;
