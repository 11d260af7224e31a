// Two roles per database: the migration role owns every object, the service role works with them. This file gives the
// service role what it needs: rows of ordinary tables (SELECT, INSERT, UPDATE, DELETE), rows of append-only tables
// (SELECT, INSERT), sequences and functions, also those that are created later. It never grants TRUNCATE, TRIGGER,
// REFERENCES or CREATE. It is idempotent and changes the catalogue only where a privilege differs.
//
// It does not create roles or databases; the operator does (docs/adr/0021).
import type { Queryable } from '../outbox/outbox-table.ts';
import { defineStatement } from '../sql/define-statement.ts';

/** Tables that the service role may add to and read, nothing else. */
export const APPEND_ONLY_TABLES: readonly string[] = ['audit_entry'];
/** TypeORM's list of what ran: the service role may see it, never change it. */
export const MIGRATIONS_TABLE = 'migrations';

const WRITE_PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE'];
const ALL_PRIVILEGES = [...WRITE_PRIVILEGES, 'TRUNCATE', 'REFERENCES', 'TRIGGER'];

/** The service role owns the tables, and the migration role may not take them over. */
export class OwnershipError extends Error {
  readonly code = 'not_the_owner';
  readonly retry = 'never';

  constructor(owner: string, migrationRole: string) {
    super(
      `${owner} owns objects of this database; the migration role takes them over after \`GRANT ${quoted(owner)} TO ${quoted(migrationRole)}\``,
    );
    this.name = 'OwnershipError';
  }
}

/**
 * Run as the migration role, in a transaction. Makes it the owner of whatever the service role owns, the database too.
 */
export async function takeOwnership(client: Queryable, serviceRole: string): Promise<boolean> {
  const [found] = await rowsOf<{ owns: boolean; member: boolean; role: string }>(
    client,
    `SELECT EXISTS (SELECT FROM pg_class WHERE relowner = r.oid AND relnamespace = current_schema()::regnamespace)
         OR EXISTS (SELECT FROM pg_proc WHERE proowner = r.oid AND pronamespace = current_schema()::regnamespace)
         OR EXISTS (SELECT FROM pg_database WHERE datdba = r.oid AND datname = current_database()) AS owns,
            pg_has_role(r.oid, 'USAGE') AS member, current_user AS role
       FROM pg_roles r WHERE r.rolname = $1 AND NOT r.rolsuper`,
    [serviceRole],
  );
  if (!found?.owns) return false;
  if (!found.member) throw new OwnershipError(serviceRole, found.role);
  await client.query(`REASSIGN OWNED BY ${quoted(serviceRole)} TO CURRENT_USER`, []);
  return true;
}

/** Run as the migration role, in a transaction. */
export async function grantServicePrivileges(client: Queryable, serviceRole: string): Promise<void> {
  const role = quoted(serviceRole);
  const [schema] = await rowsOf<{ name: string; usable: boolean; defaults: boolean }>(
    client,
    `SELECT quote_ident(nspname) AS name, has_schema_privilege($1, n.oid, 'USAGE') AS usable,
            (SELECT count(DISTINCT defaclobjtype) = 3 FROM pg_default_acl, aclexplode(defaclacl) AS acl
              WHERE defaclrole = (SELECT oid FROM pg_roles WHERE rolname = current_user) AND defaclnamespace = n.oid
                AND acl.grantee = (SELECT oid FROM pg_roles WHERE rolname = $1)) AS defaults
       FROM pg_namespace n WHERE nspname = current_schema()`,
    [serviceRole],
  );
  if (!schema) throw new Error('the migration role has no schema to work in');
  await grantDatabase(client, serviceRole);
  if (!schema.usable) await client.query(`GRANT USAGE ON SCHEMA ${schema.name} TO ${role}`, []);
  if (!schema.defaults) await grantDefaults(client, schema.name, role);
  await grantTables(client, serviceRole);
  await grantSequencesAndRoutines(client, serviceRole);
}

/** A former owner had CONNECT and TEMPORARY as the owner only. */
async function grantDatabase(client: Queryable, serviceRole: string): Promise<void> {
  const [database] = await rowsOf<{ name: string; enough: boolean }>(
    client,
    `SELECT quote_ident(datname) AS name, NOT pg_has_role(datdba, 'USAGE')
            OR (has_database_privilege($1, oid, 'CONNECT') AND has_database_privilege($1, oid, 'TEMPORARY')) AS enough
       FROM pg_database WHERE datname = current_database()`,
    [serviceRole],
  );
  if (database && !database.enough)
    await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${database.name} TO ${quoted(serviceRole)}`, []);
}

/** What is created later, by a migration or by a function that runs as its owner. */
async function grantDefaults(client: Queryable, schema: string, role: string): Promise<void> {
  const defaults = `ALTER DEFAULT PRIVILEGES IN SCHEMA ${schema} GRANT`;
  await client.query(
    `${defaults} ${WRITE_PRIVILEGES.join(', ')} ON TABLES TO ${role};
     ${defaults} USAGE, SELECT ON SEQUENCES TO ${role};
     ${defaults} EXECUTE ON ROUTINES TO ${role}`,
    [],
  );
}

const listPrivileges = defineStatement({
  parameters: { serviceRole: 'text', privileges: 'text[]' },
  text: (p) => `
SELECT c.oid::regclass::text AS name, c.relname,
       ARRAY(SELECT p FROM unnest(${p.privileges}) AS p WHERE has_table_privilege(${p.serviceRole}, c.oid, p)
                 OR (p IN ('UPDATE', 'REFERENCES') AND has_any_column_privilege(${p.serviceRole}, c.oid, p))) AS held
  FROM pg_class c
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
   AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
 ORDER BY c.relname`,
});

async function grantTables(client: Queryable, serviceRole: string): Promise<void> {
  const { text, values } = listPrivileges({ serviceRole, privileges: ALL_PRIVILEGES });
  const tables = await rowsOf<{ name: string; relname: string; held: string[] }>(client, text, values);
  const role = quoted(serviceRole);
  for (const { name, relname, held } of tables) {
    const due = privilegesOn(relname);
    if (held.length === due.length && due.every((privilege) => held.includes(privilege))) continue;
    // From PUBLIC too, because the service has the privileges of PUBLIC.
    await client.query(
      `REVOKE ALL ON TABLE ${name} FROM PUBLIC, ${role}; GRANT ${due.join(', ')} ON TABLE ${name} TO ${role}`,
      [],
    );
  }
}

function privilegesOn(table: string): string[] {
  if (APPEND_ONLY_TABLES.includes(table)) return ['SELECT', 'INSERT'];
  return table === MIGRATIONS_TABLE ? ['SELECT'] : WRITE_PRIVILEGES;
}

async function grantSequencesAndRoutines(client: Queryable, serviceRole: string): Promise<void> {
  const role = quoted(serviceRole);
  const missing = await rowsOf<{ name: string; kind: 'SEQUENCE' | 'ROUTINE' }>(
    client,
    `SELECT c.oid::regclass::text AS name, 'SEQUENCE' AS kind FROM pg_class c
      WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'S'
        AND c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
        AND NOT (has_sequence_privilege($1, c.oid, 'USAGE') AND has_sequence_privilege($1, c.oid, 'SELECT'))
     UNION ALL
     SELECT p.oid::regprocedure::text, 'ROUTINE' FROM pg_proc p
      WHERE p.pronamespace = current_schema()::regnamespace AND NOT has_function_privilege($1, p.oid, 'EXECUTE')
        AND p.proowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)`,
    [serviceRole],
  );
  for (const { name, kind } of missing) {
    await client.query(`GRANT ${kind === 'SEQUENCE' ? 'USAGE, SELECT' : 'EXECUTE'} ON ${kind} ${name} TO ${role}`, []);
  }
}

/** TypeORM's runners answer with the rows, pg's clients with a result that holds them. */
async function rowsOf<Row>(client: Queryable, sql: string, values: unknown[]): Promise<Row[]> {
  const answer = await client.query(sql, values);
  return (Array.isArray(answer) ? answer : (answer as { rows: Row[] }).rows) as Row[];
}

const quoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;
