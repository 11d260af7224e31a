// The notification types in the database. Guarantees: a change is one transaction with the version of the catalogue, so
// that nobody sees a part of it; a change of a schema that may refuse what was valid before, or that takes a declared
// field away, needs a higher version of the type; the file of an older release never undoes a newer version, and never
// what the API declared.
import { isDeepStrictEqual } from 'node:util';
import { notificationType, type NotificationType } from '@carillon/domain';
import { defineStatement } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import type { DataSource, EntityManager } from 'typeorm';
import { breakingChanges } from '../data-schemas/breaking-changes.ts';

export interface StoredType {
  type: NotificationType;
  origin: 'file' | 'api';
  revision: string;
}

/** Each sentence names a path of the schema. */
export class BreakingChange extends Error {
  constructor(
    readonly type: string,
    readonly changes: readonly string[],
  ) {
    super(`the type ${type} needs a higher version: ${changes.join('; ')}`);
  }
}

interface Row {
  definition: unknown;
  origin: StoredType['origin'];
  revision: string;
}

const anyObject = { type: 'object' };

export class StoredTypes {
  private readonly log = createLogger('catalogue');

  constructor(private readonly dataSource: DataSource) {}

  /** What the files declare, at the start of a process. Throws BreakingChange. */
  async applyFiles(declared: readonly NotificationType[]): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await lock(manager);
      let changed = false;
      for (const type of declared) {
        const stored = await this.find(type.name, manager);
        if (stored && isDeepStrictEqual(stored.type, type)) continue;
        if (stored?.origin === 'api') {
          this.log.warn({ type: type.name }, 'the API declared the type otherwise than the file; the API wins');
          continue;
        }
        if (stored && stored.type.version > type.version) {
          this.log.info({ type: type.name }, 'the file has an older version of the type; the stored one stays');
          continue;
        }
        if (stored) refuseBreaking(stored.type, type);
        await save(manager, type, 'file', 'catalogue file');
        changed = true;
      }
      if (changed) await increment(manager);
    });
  }

  async version(): Promise<string> {
    const [row] = await this.dataSource.query<{ version: string }[]>('SELECT version FROM catalogue_version');
    return row?.version ?? '0';
  }

  /** All of them, at one moment. A type that this release cannot read is left out. */
  async all(): Promise<NotificationType[]> {
    const rows = await this.dataSource.query<Row[]>('SELECT definition, origin, revision FROM notification_type');
    return rows.flatMap(({ definition }) => {
      const read = notificationType.safeParse(definition);
      if (read.success) return read.data;
      this.log.error({ err: read.error }, 'a stored type cannot be read; it may be of a newer release');
      return [];
    });
  }

  async find(name: string, manager = this.dataSource.manager): Promise<StoredType | undefined> {
    const { text, values } = selectOne({ name });
    const [row] = await manager.query<Row[]>(text, values);
    return row && { type: notificationType.parse(row.definition), origin: row.origin, revision: row.revision };
  }

  /**
   * @param change is in the transaction: it looks at what is stored, and writes the audit entry
   * @returns whether it is new. Throws BreakingChange.
   */
  async put(
    type: NotificationType,
    by: string,
    change: (manager: EntityManager, before: StoredType | undefined) => Promise<void>,
  ): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      await lock(manager);
      const stored = await this.find(type.name, manager);
      await change(manager, stored);
      if (stored) refuseBreaking(stored.type, type);
      await save(manager, type, 'api', by);
      await increment(manager);
      return stored === undefined;
    });
  }

  async delete(
    name: string,
    change: (manager: EntityManager, before: StoredType | undefined) => Promise<void>,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await lock(manager);
      await change(manager, await this.find(name, manager));
      const { text, values } = deleteOne({ name });
      await manager.query(text, values);
      await increment(manager);
    });
  }
}

function refuseBreaking(before: NotificationType, after: NotificationType): void {
  if (after.version > before.version) return;
  if (after.version < before.version)
    throw new BreakingChange(after.name, [`version: is lower than ${before.version}, which is stored`]);
  // Without a schema any data is valid, and no field is declared.
  if (before.schema === undefined && after.schema === undefined) return;
  const changes = breakingChanges(before.schema ?? anyObject, after.schema ?? anyObject);
  if (changes.length > 0) throw new BreakingChange(after.name, changes);
}

/** One change of the catalogue at a time, over all processes. */
const lock = (manager: EntityManager): Promise<unknown> =>
  manager.query(`SELECT pg_advisory_xact_lock(hashtextextended('catalogue', 0))`);

const increment = (manager: EntityManager): Promise<unknown> =>
  manager.query('UPDATE catalogue_version SET version = version + 1');

async function save(
  manager: EntityManager,
  type: NotificationType,
  origin: StoredType['origin'],
  by: string,
): Promise<void> {
  const { text, values } = upsertOne({ name: type.name, definition: JSON.stringify(type), origin, by });
  await manager.query(text, values);
}

const selectOne = defineStatement({
  parameters: { name: 'text' },
  text: (p) => `SELECT definition, origin, revision FROM notification_type WHERE name = ${p.name}`,
});

const deleteOne = defineStatement({
  parameters: { name: 'text' },
  text: (p) => `DELETE FROM notification_type WHERE name = ${p.name}`,
});

const upsertOne = defineStatement({
  parameters: { name: 'text', definition: 'jsonb', origin: 'text', by: 'text' },
  text: (p) => `
INSERT INTO notification_type AS t (name, definition, origin, changed_by)
VALUES (${p.name}, ${p.definition}, ${p.origin}, ${p.by})
ON CONFLICT (name) DO UPDATE
  SET definition = excluded.definition, origin = excluded.origin, revision = t.revision + 1,
      changed_by = excluded.changed_by, changed_at = now()`,
});
