// Functions, triggers and privileges of the current schema, as statements in a fixed order.
import type { Queryable } from '../outbox/outbox-table.ts';
import { query } from './query.ts';

/** How the role of the service is called in the text. */
export const SERVICE_ROLE = 'carillon_service';

export async function listFunctions(db: Queryable): Promise<string[]> {
  const rows = await query<{ definition: string; comment: string | null }>(
    db,
    `SELECT pg_get_functiondef(oid) AS definition,
            'COMMENT ON FUNCTION ' || oid::regprocedure || ' IS ' || quote_literal(obj_description(oid, 'pg_proc')) || ';' AS comment
       FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY proname, oid::regprocedure::text`,
  );
  return rows.map(({ definition, comment }) => [`${definition.trimEnd()};`, ...(comment ? [comment] : [])].join('\n'));
}

/** Triggers that PostgreSQL clones for partitions are left out: their parent's makes them. */
export async function listTriggers(db: Queryable): Promise<string[]> {
  const rows = await query<{ definition: string }>(
    db,
    `SELECT pg_get_triggerdef(t.oid) AS definition FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
      WHERE NOT t.tgisinternal AND t.tgparentid = 0 AND c.relnamespace = current_schema()::regnamespace
      ORDER BY c.relname, t.tgname`,
  );
  return rows.map(({ definition }) => `${definition};`);
}

/** What others than the owner may do, now and by default with what is created later. */
export async function listPrivileges(db: Queryable, serviceRole: string): Promise<string[]> {
  const rows = await query<{ statement: string }>(
    db,
    `WITH object AS (
       SELECT CASE relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || oid::regclass AS name, relacl AS acl, relowner AS owner
         FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'S')
       UNION ALL
       SELECT 'FUNCTION ' || oid::regprocedure, coalesce(proacl, acldefault('f', proowner)), proowner
         FROM pg_proc WHERE pronamespace = current_schema()::regnamespace),
     granted AS (
       SELECT o.name, a.grantee, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
         FROM object o, aclexplode(o.acl) AS a WHERE a.grantee <> o.owner GROUP BY o.name, a.grantee),
     by_default AS (
       SELECT CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' END AS name, a.grantee,
              string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges
         FROM pg_default_acl d, aclexplode(d.defaclacl) AS a
        WHERE d.defaclnamespace = current_schema()::regnamespace AND a.grantee <> d.defaclrole GROUP BY 1, 2)
     SELECT statement FROM (
       SELECT 1 AS place, name, 'REVOKE ALL ON ' || name || ' FROM PUBLIC;' AS statement FROM object
        WHERE name LIKE 'FUNCTION %' AND name NOT IN (SELECT name FROM granted WHERE grantee = 0)
       UNION ALL SELECT 2, name, 'GRANT ' || privileges || ' ON ' || name || ' TO ' || role_name(grantee) || ';' FROM granted
       UNION ALL SELECT 3, name, 'ALTER DEFAULT PRIVILEGES IN SCHEMA ' || quote_ident(current_schema()) || ' GRANT ' || privileges || ' ON ' || name || ' TO ' || role_name(grantee) || ';' FROM by_default
     ) AS s ORDER BY place, name COLLATE "C", statement COLLATE "C"`.replaceAll(
      /role_name\((\w+)\)/g,
      `CASE WHEN $1 = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid($1)) END`,
    ),
  );
  const statements = rows.map(({ statement }) =>
    statement.replace(new RegExp(`TO "?${serviceRole}"?;$`), `TO ${SERVICE_ROLE};`),
  );
  return statements.length > 0 ? [statements.join('\n')] : [];
}
