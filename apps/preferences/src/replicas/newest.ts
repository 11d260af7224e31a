// What a batch of a state topic comes to: per key the newest record, since one statement may touch a row once only.
// Guarantees: whatever the order in which records come and however often, the same row remains; a record with a fault is
// refused and changes nothing.
import type { DataOf, Topic } from '@carillon/domain';
import type { Batch, Received } from '@carillon/messaging';
import { faultOf, type Fault, type StateRules } from './check-state.ts';

export interface Newest<State> {
  key: string;
  version: number;
  /** Null: deleted. */
  state: State | null;
}

export function newestByKey<T extends Topic>(
  batch: Batch<T>,
  rules: StateRules<T>,
  alsoCheck: (record: Received<T>) => Fault | undefined = () => undefined,
): Newest<NonNullable<DataOf<T>>>[] {
  const newest = new Map<string, Newest<NonNullable<DataOf<T>>>>();
  for (const record of batch.records) {
    const fault = faultOf(record, rules) ?? alsoCheck(record);
    if (fault) {
      batch.reject(record, ...fault);
      continue;
    }
    const state = record.data ?? null;
    const version = state === null ? record.version! : rules.versionOf(state);
    const key = record.key!;
    const known = newest.get(key);
    // Of one version there is one state, and deletion is the last one.
    if (!known || version > known.version || (version === known.version && state === null)) newest.set(key, { key, version, state });
  }
  return [...newest.values()];
}

/** The same rule for the row that is there already. */
export const isNewer = (table: string): string =>
  `excluded.version > ${table}.version OR (excluded.version = ${table}.version AND excluded.deleted AND NOT ${table}.deleted)`;
