// The notification types and their categories in the database. Guarantees: a change, of one type or of all, is one
// transaction with the version of the catalogue, so that nobody sees a part of it; what may replace a type is decided
// by stored-type.ts; the file of an older release never undoes a newer version, nor takes from a type what only a newer
// release knows, and never undoes what the API declared.
import { isDeepStrictEqual } from 'node:util';
import type { CatalogueFile, Category, FieldError, NotificationType } from '@carillon/domain';
import { lockName } from '@carillon/persistence';
import { createLogger } from '@carillon/telemetry';
import type { DataSource, EntityManager } from 'typeorm';
import { deleteCategories, findCategories, saveCategories } from './category-rows.ts';
import { planChanges, type PlannedChange } from './plan-changes.ts';
import { replacementErrors, type StoredType } from './stored-type.ts';
import { deleteTypes, findType, findTypes, saveTypes } from './type-rows.ts';

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

export interface StoredCatalogue {
  types: StoredType[];
  categories: Category[];
}

export interface ApplyOptions {
  by: string;
  dryRun: boolean;
  /** Whether what the API declared before and does not declare now is removed. */
  prune: boolean;
  /** What the file of this process declares. */
  file: CatalogueFile;
}

export interface Plan {
  types: PlannedChange<NotificationType>[];
  categories: PlannedChange<Category>[];
  /** What needs a higher version, by the type and the field. With errors nothing is stored. */
  errors: FieldError[];
}

export class StoredTypes {
  private readonly log = createLogger('catalogue');

  constructor(private readonly dataSource: DataSource) {}

  /** What the files declare, at the start of a process. Throws BreakingChange. */
  async applyFiles({ types, categories }: CatalogueFile): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await lock(manager);
      const stored = await findTypes(manager);
      const changed = types.filter((type) => this.isNews(stored.get(type.name), type));
      const known = await findCategories(manager);
      const renamed = categories.filter((category) => {
        const before = known.get(category.name);
        return !before || (before.origin === 'file' && !isDeepStrictEqual(before.value, category));
      });
      if (changed.length === 0 && renamed.length === 0) return;
      await saveTypes(manager, changed, 'file', 'catalogue file');
      await saveCategories(manager, renamed, 'file', 'catalogue file');
      await increment(manager);
    });
  }

  /**
   * All of what is declared, or, where a type needs a higher version, nothing.
   * @param change is in the transaction, and not called where nothing is stored
   */
  async apply(
    { types, categories }: CatalogueFile,
    { by, dryRun, prune, file }: ApplyOptions,
    change: (manager: EntityManager, plan: Plan, before: ReadonlyMap<string, StoredType>) => Promise<void>,
  ): Promise<Plan> {
    return this.dataSource.transaction(async (manager) => {
      if (!dryRun) await lock(manager);
      const before = await findTypes(manager);
      const stored = new Map([...before].map(([name, { origin, type }]) => [name, { name, origin, value: type }]));
      const plan: Plan = {
        types: planChanges(stored, types, { prune, inFile: namesOf(file.types) }),
        categories: planChanges(await findCategories(manager), categories, {
          prune,
          inFile: namesOf(file.categories),
        }),
        errors: [],
      };
      for (const { name, change: kind, declared } of plan.types)
        if (kind === 'changed' && declared)
          for (const { path, message } of replacementErrors(before.get(name)!, declared))
            plan.errors.push({ path: `${name}.${path}`, message });
      if (dryRun || plan.errors.length > 0 || !changesAnything(plan)) return plan;
      await saveTypes(manager, declaredBy(plan.types), 'api', by);
      await saveCategories(manager, declaredBy(plan.categories), 'api', by);
      await deleteTypes(manager, removedBy(plan.types));
      await deleteCategories(manager, removedBy(plan.categories));
      await change(manager, plan, before);
      await increment(manager);
      return plan;
    });
  }

  async version(): Promise<string> {
    const [row] = await this.dataSource.query<{ version: string }[]>('SELECT version FROM catalogue_version');
    return row?.version ?? '0';
  }

  /** All of it, at one moment. */
  async all(): Promise<StoredCatalogue> {
    return this.dataSource.transaction('REPEATABLE READ', async (manager) => ({
      types: [...(await findTypes(manager)).values()],
      categories: [...(await findCategories(manager)).values()].flatMap(({ value }) => value ?? []),
    }));
  }

  find(name: string): Promise<StoredType | undefined> {
    return findType(this.dataSource.manager, name);
  }

  /** Returns whether it is new. Throws BreakingChange. */
  async put(type: NotificationType, by: string, change: Change): Promise<boolean> {
    return this.dataSource.transaction(async (manager) => {
      await lock(manager);
      const stored = await findType(manager, type.name);
      await change(manager, stored);
      if (stored) refuseBreaking(stored, type);
      await saveTypes(manager, [type], 'api', by);
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
      await change(manager, await findType(manager, name));
      if (declared) await saveTypes(manager, [declared], 'file', by);
      else await deleteTypes(manager, [name]);
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

const namesOf = (declared: readonly { name: string }[]): Set<string> => new Set(declared.map(({ name }) => name));

const declaredBy = <T>(changes: readonly PlannedChange<T>[]): T[] => changes.flatMap(({ declared }) => declared ?? []);

const removedBy = (changes: readonly PlannedChange<unknown>[]): string[] =>
  changes.filter(({ change }) => change === 'removed').map(({ name }) => name);

const changesAnything = ({ types, categories }: Plan): boolean =>
  [...types, ...categories].some(({ change }) => change !== 'unchanged' && change !== 'kept');
