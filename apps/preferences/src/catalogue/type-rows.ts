// The notification types as rows. The caller has the transaction, and the lock of the catalogue where it writes.
import type { NotificationType } from '@carillon/domain';
import { defineStatement, rows, runStatement } from '@carillon/persistence';
import type { EntityManager } from 'typeorm';
import { storedTypeOf, type StoredType, type TypeRow } from './stored-type.ts';

/** By name. */
export async function findTypes(manager: EntityManager): Promise<Map<string, StoredType>> {
  const found = await manager.query<TypeRow[]>('SELECT name, definition, origin, revision FROM notification_type');
  return new Map(found.map((row) => [row.name, storedTypeOf(row)]));
}

export async function findType(manager: EntityManager, name: string): Promise<StoredType | undefined> {
  const [row] = await runStatement<TypeRow[]>(manager, selectOne({ name }));
  return row && storedTypeOf(row);
}

export async function saveTypes(
  manager: EntityManager,
  types: readonly NotificationType[],
  origin: StoredType['origin'],
  by: string,
): Promise<void> {
  const written = types.map((type) => ({ name: type.name, definition: JSON.stringify(type) }));
  await runStatement(manager, upsert({ types: written, origin, by }));
}

export async function deleteTypes(manager: EntityManager, names: readonly string[]): Promise<void> {
  await runStatement(manager, deleteAll({ names }));
}

const selectOne = defineStatement({
  parameters: { name: 'text' },
  text: (p) => `SELECT name, definition, origin, revision FROM notification_type WHERE name = ${p.name}`,
});

const deleteAll = defineStatement({
  parameters: { names: 'text[]' },
  text: (p) => `DELETE FROM notification_type WHERE name = ANY (${p.names})`,
});

const upsert = defineStatement({
  parameters: { types: rows({ name: 'text', definition: 'jsonb' }), origin: 'text', by: 'text' },
  text: (p) => `
INSERT INTO notification_type AS t (name, definition, origin, changed_by)
SELECT name, definition, ${p.origin}, ${p.by} FROM ${p.types.as('declared')}
ON CONFLICT (name) DO UPDATE
  SET definition = excluded.definition, origin = excluded.origin, revision = t.revision + 1,
      changed_by = excluded.changed_by, changed_at = now()`,
});
