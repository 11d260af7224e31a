// A notification type as the database has it, as this release reads it, and what may replace it. Pure. Guarantees: what
// a newer release wrote is read without the fields and values that this release does not know; only a higher version
// replaces such a type, and only a higher version changes a schema so that it may refuse what was valid before or takes
// a declared field away.
import {
  fieldErrors,
  notificationType,
  parseLeniently,
  type FieldError,
  type NotificationType,
} from '@carillon/domain';
import { breakingChanges } from '../data-schemas/breaking-changes.ts';
import { compileDataSchema } from '../data-schemas/compile-data-schema.ts';

export interface StoredType {
  name: string;
  origin: 'file' | 'api';
  revision: string;
  version: number;
  /** Undefined: this release cannot read it. */
  type: NotificationType | undefined;
  /** What this release cannot read: the type was read without it, or not at all. */
  unknown: readonly FieldError[];
}

/** As it is in the table. */
export interface TypeRow {
  name: string;
  definition: unknown;
  origin: StoredType['origin'];
  revision: string;
}

export function storedTypeOf({ definition, ...row }: TypeRow): StoredType {
  const exact = notificationType.safeParse(definition);
  if (exact.success) return { ...row, version: exact.data.version, type: exact.data, unknown: [] };
  const unknown = fieldErrors(exact.error.issues, definition);
  const read = parseLeniently(notificationType, definition);
  return { ...row, version: versionOf(definition), type: read.data, unknown };
}

/** Why `after` may not replace it; each error names the field. */
export function replacementErrors(before: StoredType, after: NotificationType): FieldError[] {
  if (after.version > before.version) return [];
  if (after.version < before.version)
    return [{ path: 'version', message: `is lower than ${before.version}, which is stored` }];
  if (before.unknown.length > 0 || !before.type)
    return before.unknown.map(({ path }) => ({
      path,
      message: 'was stored by another release, and this one does not know it: a higher version replaces it',
    }));
  return schemaChanges(before.type.schema, after.schema).map((message) => ({ path: 'schema', message }));
}

const anyObject = { type: 'object' };

function schemaChanges(before: NotificationType['schema'], after: NotificationType['schema']): string[] {
  // Without a schema any data is valid, and no field is declared.
  if (before === undefined && after === undefined) return [];
  // Only schemas that compile can be compared; another release may have stored one that does not compile in this one.
  if (before !== undefined && 'errors' in compileDataSchema(before))
    return ['the stored schema cannot be read by this release: a higher version replaces it'];
  return breakingChanges(before ?? anyObject, after ?? anyObject);
}

const versionOf = (definition: unknown): number => {
  const { version } = (definition ?? {}) as { version?: unknown };
  return Number.isSafeInteger(version) ? (version as number) : 1;
};
