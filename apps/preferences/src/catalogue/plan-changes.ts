// What a whole catalogue that is declared changes in the stored one. Pure. Guarantees: what is equal is not written;
// what is not declared is removed only where that is asked for, and never what a file of the service declares.
import { isDeepStrictEqual } from 'node:util';
import type { StoredType } from './stored-type.ts';

export const changeKinds = ['created', 'changed', 'unchanged', 'removed', 'kept'] as const;

export interface PlannedChange<T> {
  name: string;
  change: (typeof changeKinds)[number];
  /** Those of a type that differ. */
  fields: string[];
  /** Why it is kept. */
  reason?: string;
  /** What is stored then. */
  declared?: T;
}

export interface Stored<T> {
  name: string;
  origin: StoredType['origin'];
  /** Undefined: this release cannot read it. */
  value: T | undefined;
}

export interface PlanOptions {
  /** Whether what is stored and not declared is removed. */
  prune: boolean;
  /** The names that the file of this process declares. */
  inFile: ReadonlySet<string>;
}

/** Changes of what is declared, in its order, and then of what is not. */
export function planChanges<T extends { name: string }>(
  stored: ReadonlyMap<string, Stored<T>>,
  declared: readonly T[],
  { prune, inFile }: PlanOptions,
): PlannedChange<T>[] {
  const changes = declared.map((one) => changeOf(stored.get(one.name), one));
  if (!prune) return changes;
  const named = new Set(declared.map(({ name }) => name));
  for (const { name, origin } of stored.values()) {
    if (named.has(name)) continue;
    if (inFile.has(name)) changes.push({ name, change: 'kept', fields: [], reason: "the service's file declares it" });
    else if (origin === 'file')
      changes.push({ name, change: 'kept', fields: [], reason: 'a file of the service declared it' });
    else changes.push({ name, change: 'removed', fields: [] });
  }
  return changes;
}

function changeOf<T extends { name: string }>(before: Stored<T> | undefined, after: T): PlannedChange<T> {
  const { name } = after;
  if (!before) return { name, change: 'created', fields: [], declared: after };
  const from: Partial<T> = before.value ?? {};
  const keys = new Set([...Object.keys(from), ...Object.keys(after)] as (keyof T & string)[]);
  const fields = [...keys].filter((key) => !isDeepStrictEqual(from[key], after[key]));
  return fields.length === 0
    ? { name, change: 'unchanged', fields }
    : { name, change: 'changed', fields, declared: after };
}
