// The categories in the database. The caller has the transaction, and the lock of the catalogue.
import type { Category } from '@carillon/domain';
import { defineStatement, rows, runStatement } from '@carillon/persistence';
import type { EntityManager } from 'typeorm';
import type { Stored } from './plan-changes.ts';

interface CategoryRow {
  name: string;
  title: string;
  description: string | null;
  origin: 'file' | 'api';
}

/** By name. */
export async function findCategories(manager: EntityManager): Promise<Map<string, Stored<Category>>> {
  const found = await manager.query<CategoryRow[]>('SELECT name, title, description, origin FROM catalogue_category');
  return new Map(
    found.map(({ name, title, description, origin }) => {
      const value = { name, title, ...(description !== null && { description }) };
      return [name, { name, origin, value }];
    }),
  );
}

export async function saveCategories(
  manager: EntityManager,
  categories: readonly Category[],
  origin: CategoryRow['origin'],
  by: string,
): Promise<void> {
  const written = categories.map(({ name, title, description }) => ({ name, title, description }));
  await runStatement(manager, upsert({ categories: written, origin, by }));
}

export async function deleteCategories(manager: EntityManager, names: readonly string[]): Promise<void> {
  await runStatement(manager, deleteAll({ names }));
}

const deleteAll = defineStatement({
  parameters: { names: 'text[]' },
  text: (p) => `DELETE FROM catalogue_category WHERE name = ANY (${p.names})`,
});

const upsert = defineStatement({
  parameters: {
    categories: rows({ name: 'text', title: 'text', description: 'text?' }),
    origin: 'text',
    by: 'text',
  },
  text: (p) => `
INSERT INTO catalogue_category AS c (name, title, description, origin, changed_by)
SELECT name, title, description, ${p.origin}, ${p.by} FROM ${p.categories.as('declared')}
ON CONFLICT (name) DO UPDATE
  SET title = excluded.title, description = excluded.description, origin = excluded.origin,
      changed_by = excluded.changed_by, changed_at = now()`,
});
