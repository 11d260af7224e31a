// Checks whether the audit log is append-only for the current role. It reads the privileges in the database, not the
// configuration.
import type { Pool } from 'pg';
import { APPEND_ONLY_TABLES } from './service-privileges.ts';

/**
 * Tables that the pool's role could change or empty although they are append-only: as their owner, or by privileges.
 */
export async function changeableAuditTables(pool: Pick<Pool, 'query'>): Promise<string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `SELECT c.relname AS name
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_database d ON d.datname = current_database()
      WHERE n.nspname = current_schema() AND c.relname = ANY($1)
        AND (pg_has_role(c.relowner, 'MEMBER')
             -- The owner of a schema may drop what is in it; the owner of the database is the owner of its public schema.
             OR pg_has_role(n.nspowner, 'MEMBER') OR pg_has_role(d.datdba, 'MEMBER')
             OR has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER') OR has_any_column_privilege(c.oid, 'UPDATE'))`,
    [APPEND_ONLY_TABLES],
  );
  return rows.map((row) => row.name);
}
