// What a batch of a state topic comes to: per key the newest record, since one statement may touch a row once only.
// Guarantees: whatever the order in which records come and however often, the same row remains; a record with a fault
// is refused (`stateRecordFault`) and changes nothing.
import type { DataOf, Topic } from '@carillon/domain';
import type { Batch } from '@carillon/messaging';
import { stateRecordFault, type StateRules } from '@carillon/runtime';
import type { z } from 'zod';

export interface Newest<State> {
  key: string;
  version: number;
  /** Null: deleted. */
  state: State | null;
}

type VersionedTopic = Topic<string, z.ZodType<{ tenantId: string; version: number }>>;

/** @param owners the tenant of each key that never changes hands; a key that is new is added */
export function newestByKey<T extends VersionedTopic>(
  topic: T,
  batch: Batch<T>,
  rules: StateRules,
  owners?: Map<string, string>,
): Newest<NonNullable<DataOf<T>>>[] {
  const newest = new Map<string, Newest<NonNullable<DataOf<T>>>>();
  for (const record of batch.records) {
    const fault = stateRecordFault(topic, record, rules, owners?.get(record.key ?? ''));
    if (fault) {
      batch.reject(record, ...fault);
      continue;
    }
    const key = record.key!;
    const state = record.data;
    if (state) owners?.set(key, state.tenantId);
    const version = state?.version ?? record.version!;
    const known = newest.get(key);
    // Of one version there is one state, and deletion is the last one.
    if (!known || version > known.version || (version === known.version && state === null))
      newest.set(key, { key, version, state });
  }
  return [...newest.values()];
}

/** The same rule for the row that is there already. */
export const isNewer = (table: string): string =>
  `excluded.version > ${table}.version OR (excluded.version = ${table}.version AND excluded.deleted AND NOT ${table}.deleted)`;
