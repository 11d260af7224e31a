// The notification types in the database. Guarantees: a change is one transaction with the version of the catalogue, so
// that nobody sees a part of it; what may replace a type is decided by stored-type.ts; the file of an older release
// never undoes a newer version, nor takes from a type what only a newer release knows, and never undoes what the API
// declared.
import { isDeepStrictEqual } from 'node:util';
import type { FieldError, NotificationType } from '@carillon/domain';
import { defineStatement, lockName, rows } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import type { DataSource, EntityManager } from 'typeorm';
import { replacementErrors, storedTypeOf, type StoredType, type TypeRow } from './stored-type.ts';

/** Of a type: what needs a higher version. */
export class BreakingChange extends Error {
  constructor(
    readonly type: string,
    readonly errors: FieldError[],
  ) {
    super(
      `the type ${type} needs a higher version: ${errors.map(({ path, message }) => `${path}: ${message}`).join('; ')}`,
    );
  }
}

/** In the transaction of a change: it looks at what is stored, and writes the audit entry. */
type Change = (manager: EntityManager, before: StoredType | undefined) => Promise<void>;

export class StoredTypes {
  private readonly log = createLogger('catalogue');

  constructor(private readonly dataSource: DataSource) {}

  /** What the files declare, at the start of a process. Throws BreakingChange. */
  async applyFiles(declared: readonly NotificationType[]): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await lock(manager);
      const stored = await findAll(manager);
      const changed = declared.filter((type) => this.isNews(stored.get(type.name), type));
      if (changed.length === 0) return;
      await save(manager, changed, 'file', 'catalogue file');
      await increment(manager);
    });
  }

  async version(): Promise<string> {
    const [row] = await this.dataSource.query<{ version: string }[]>('SELECT version FROM catalogue_version');
    return row?.version ?? '0';
  }

  /** All of them, at one moment. */
  async all(): Promise<StoredType[]> {
    return [...(await findAll(this.dataSource.manager)).values()];
  }

  async find(name: string, manager = this.dataSource.manager): Promise<StoredType | undefined> {
    const { text, values } = selectOne({ name });
    const [row] = await manager.query<TypeRow[]>(text, values);
    return row && storedTypeOf(row);
  }

  /** Returns whether it is new. Throws BreakingChange. */
  async put(type: NotificationType, by: string, change: Change): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      await lock(manager);
      const stored = await this.find(type.name, manager);
      await change(manager, stored);
      if (stored) refuseBreaking(stored, type);
      await save(manager, [type], 'api', by);
      await increment(manager);
      return stored === undefined;
    });
  }

  /**
   * @param declared what the file of this process says of the type, which is stored then: without it the type would be
   * gone until some process starts, and be there again from then on
   */
  async delete(name: string, declared: NotificationType | undefined, by: string, change: Change): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await lock(manager);
      await change(manager, await this.find(name, manager));
      if (declared) await save(manager, [declared], 'file', by);
      else {
        const { text, values } = deleteOne({ name });
        await manager.query(text, values);
      }
      await increment(manager);
    });
  }

  /** Whether a file's type is stored instead of the stored one. */
  private isNews(stored: StoredType | undefined, type: NotificationType): boolean {
    if (!stored) return true;
    if (isDeepStrictEqual(stored.type, type)) return false;
    const about = { type: type.name };
    if (stored.origin === 'api') {
      this.log.warn(about, 'the API declared the type otherwise than the file; the API wins');
      return false;
    }
    if (stored.version > type.version) {
      this.log.info(about, 'the file has an older version of the type; the stored one stays');
      return false;
    }
    if (stored.version === type.version && stored.unknown.length > 0) {
      this.log.info(about, 'a newer release stored the type with fields that this one does not know; it stays');
      return false;
    }
    refuseBreaking(stored, type);
    return true;
  }
}

function refuseBreaking(before: StoredType, after: NotificationType): void {
  const errors = replacementErrors(before, after);
  if (errors.length > 0) throw new BreakingChange(after.name, errors);
}

/** One change of the catalogue at a time, over all processes. */
const lock = (manager: EntityManager): Promise<void> => lockName(manager, 'catalogue');

const increment = (manager: EntityManager): Promise<unknown> =>
  manager.query('UPDATE catalogue_version SET version = version + 1');

/** By name. */
async function findAll(manager: EntityManager): Promise<Map<string, StoredType>> {
  const found = await manager.query<TypeRow[]>('SELECT name, definition, origin, revision FROM notification_type');
  return new Map(found.map((row) => [row.name, storedTypeOf(row)]));
}

async function save(
  manager: EntityManager,
  types: readonly NotificationType[],
  origin: StoredType['origin'],
  by: string,
): Promise<void> {
  const written = types.map((type) => ({ name: type.name, definition: JSON.stringify(type) }));
  const { text, values } = upsert({ types: written, origin, by });
  await manager.query(text, values);
}

const selectOne = defineStatement({
  parameters: { name: 'text' },
  text: (p) => `SELECT name, definition, origin, revision FROM notification_type WHERE name = ${p.name}`,
});

const deleteOne = defineStatement({
  parameters: { name: 'text' },
  text: (p) => `DELETE FROM notification_type WHERE name = ${p.name}`,
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
