// What a service's specs check about its database: released migrations are not edited and are literal SQL, the schema
// in docs/schema is the one that they make, a database of each earlier release becomes the same as a fresh one, and
// the tables that this library works with have the shape that it needs.
//
// With UPDATE_DOCS=1 it writes docs/schema/<service>.sql and adds the hashes of new migrations; it never changes a
// hash. With DUMP_RELEASE=<version> it writes releases/<version>.sql: the newest release's database after all
// migrations.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Pool } from 'pg';
import { createDataSource, type MigrationClass } from '../data-source.ts';
import { migrate } from '../migrate.ts';
import { createPool } from '../pool.ts';
import { describeSchema } from '../schema/describe-schema.ts';
import { dumpDatabase } from '../schema/dump-database.ts';
import { SERVICE_ROLE } from '../schema/list-objects.ts';
import { createTwoRoleTestDatabase, type TwoRoleTestDatabase } from './test-database.ts';
import { auditSchema, followedTopicSchema, outboxSchema } from './library-schema.ts';

export interface SchemaCheckOptions {
  service: string;
  /** `import.meta.url` of a spec in the service's `database` folder. */
  specUrl: string;
  migrations: readonly MigrationClass[];
}

const updating = process.env['UPDATE_DOCS'] === '1';

export class SchemaCheck {
  /** Of each earlier release, oldest first. */
  readonly releases: string[];
  private readonly folder: URL;
  private readonly document: string;

  constructor(private readonly options: SchemaCheckOptions) {
    this.folder = new URL('.', options.specUrl);
    this.document = fileURLToPath(new URL(`../../../../docs/schema/${options.service}.sql`, this.folder));
    const releases = new URL('releases/', this.folder);
    this.releases = (existsSync(releases) ? readdirSync(releases) : [])
      .map((file) => file.replace(/\.sql$/, ''))
      .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
  }

  /** One message for each migration that was edited, removed or is not literal SQL. */
  migrationFaults(): string[] {
    const list = new URL('migrations.sha256', this.folder);
    const frozen = existsSync(list) ? parseHashes(readFileSync(list, 'utf8')) : new Map<string, string>();
    const folder = new URL('migrations/', this.folder);
    const files = readdirSync(folder).filter((file) => file !== 'index.ts');
    const texts = new Map(files.sort().map((file) => [file, readFileSync(new URL(file, folder), 'utf8')]));
    if (updating) {
      for (const [file, text] of texts) if (!frozen.has(file)) frozen.set(file, hashOf(text));
      writeFileSync(list, [...frozen].map(([file, hash]) => `${hash}  ${file}\n`).join(''));
    }
    return [
      ...[...frozen.keys()].filter((file) => !texts.has(file)).map((file) => `${file} was removed. ${frozenRule}`),
      ...[...texts].flatMap(([file, text]) => faultsOf(file, text, frozen.get(file))),
    ];
  }

  /** The schema of a new database. */
  fresh(): Promise<string> {
    return this.withDatabase(async (database, owner) => {
      await this.migrate(database);
      return describeSchema(owner, database.serviceRole);
    });
  }

  /** The schema of a database of that release after the migrations that came later. */
  upgraded(release: string): Promise<string> {
    const dump = readFileSync(new URL(`releases/${release}.sql`, this.folder), 'utf8');
    return this.withDatabase(async (database, owner) => {
      await owner.query(dump.replaceAll(SERVICE_ROLE, database.serviceRole));
      await this.migrate(database);
      const version = process.env['DUMP_RELEASE'];
      if (version !== undefined && release === this.releases.at(-1)) {
        const text = await dumpDatabase(owner, database.serviceRole);
        writeFileSync(new URL(`releases/${version}.sql`, this.folder), text);
      }
      return describeSchema(owner, database.serviceRole);
    });
  }

  /** docs/schema/<service>.sql, written anew from `fresh` with UPDATE_DOCS=1. */
  documented(fresh: string): string {
    const header = `-- The database of ${this.options.service}, generated from its migrations; UPDATE_DOCS=1 writes it anew.\n\n`;
    if (updating) writeFileSync(this.document, `${header}${fresh}`);
    return readFileSync(this.document, 'utf8').slice(header.length);
  }

  /** The statements that make this library's tables and their privileges, and that `fresh` lacks. */
  async missingOfLibrary(fresh: string): Promise<string[]> {
    const sql = [
      outboxSchema,
      auditSchema,
      ...(fresh.includes('CREATE TABLE followed_topic ') ? [followedTopicSchema] : []),
    ];
    class LibrarySchema1700000000000 {
      readonly name = 'LibrarySchema1700000000000';
      async up(runner: { query(sql: string): Promise<unknown> }): Promise<void> {
        for (const statements of sql) await runner.query(statements);
      }
      async down(): Promise<void> {}
    }
    const needed = await this.withDatabase(async (database, owner) => {
      await this.migrate(database, [LibrarySchema1700000000000]);
      return describeSchema(owner, database.serviceRole);
    });
    const statements = (text: string): string[] => text.split(/;\n+/);
    const present = new Set(statements(fresh));
    return statements(needed).filter((statement) => !present.has(statement));
  }

  private async migrate(database: TwoRoleTestDatabase, migrations = this.options.migrations): Promise<void> {
    await migrate(createDataSource({ url: database.url, entities: [], migrations }), {
      migrationUrl: database.migrationUrl,
    });
  }

  private async withDatabase(work: (database: TwoRoleTestDatabase, owner: Pool) => Promise<string>): Promise<string> {
    const database = await createTwoRoleTestDatabase();
    const owner = createPool(database.migrationUrl);
    try {
      return await work(database, owner);
    } finally {
      await owner.end();
      await database.drop();
    }
  }
}

const frozenRule =
  'A migration is frozen: write a new one. (Before the first release the first migration may still be edited, together with its line in migrations.sha256, docs/schema and releases/0.1.0.sql.)';

function faultsOf(file: string, text: string, frozen: string | undefined): string[] {
  const imports = [...text.matchAll(/^import .*$/gm)].map(([line]) => line);
  const live = imports.filter((line) => !/^import type \{[^}]*\} from 'typeorm';$/.test(line));
  return [
    ...(frozen === undefined ? [`${file} is not in migrations.sha256; run the spec with UPDATE_DOCS=1`] : []),
    ...(frozen !== undefined && frozen !== hashOf(text) ? [`${file} was edited. ${frozenRule}`] : []),
    ...live.map((line) => `${file} imports code that may change later, and has to be literal SQL: ${line}`),
  ];
}

const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');

/** As `sha256sum` writes them. */
const parseHashes = (text: string): Map<string, string> =>
  new Map(
    text
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(/\s+/) as [string, string])
      .map(([hash, file]) => [file, hash]),
  );
