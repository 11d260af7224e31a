// Creates a database for each service that has one, with two roles (docs/adr/0021): the owner, which migrates, and the
// service's role. Guarantees: no role can connect to the database of another service; repeating it changes nothing. The
// database of an older playground, which its service owned, gets the owner; the service's next start changes the owner
// of the tables.
import { defaultCell } from '@carillon/domain';
import pg from 'pg';
import { CannotStart } from '../cannot-start.ts';
import { servicesWithDatabase, type ServiceName } from '../services/service-names.ts';

export type DatabaseRole = 'service' | 'migration';
export type PasswordOf = (service: ServiceName, role: DatabaseRole) => string;

/** @param cells beside `0`, each with a database of delivery */
export async function createServiceDatabases(
  superuserUrl: string,
  passwordOf: PasswordOf,
  cells: readonly string[] = [],
): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  try {
    await client.connect();
  } catch (error) {
    throw new CannotStart(`PostgreSQL at ${withoutPassword(superuserUrl)} can't be used: ${(error as Error).message}`, {
      cause: error,
    });
  }
  try {
    for (const service of servicesWithDatabase) await createOne(client, service, passwordOf);
    for (const cell of cells) await createOne(client, 'delivery', passwordOf, databaseName('delivery', cell));
  } finally {
    await client.end();
  }
}

export function databaseUrl(
  superuserUrl: string,
  service: ServiceName,
  role: DatabaseRole,
  password: string,
  cell?: string,
): string {
  const url = new URL(superuserUrl);
  url.username = roleName(service, role);
  url.password = password;
  url.pathname = `/${databaseName(service, cell)}`;
  return url.href;
}

export const databaseName = (service: ServiceName, cell = defaultCell): string =>
  service.replaceAll('-', '_') + (cell === defaultCell ? '' : `_cell_${cell}`);
const roleName = (service: ServiceName, role: DatabaseRole): string =>
  databaseName(service) + (role === 'migration' ? '_migration' : '');

async function createOne(
  client: pg.Client,
  service: ServiceName,
  passwordOf: PasswordOf,
  name = databaseName(service),
): Promise<void> {
  const database = client.escapeIdentifier(name);
  const worker = await ensureRole(client, roleName(service, 'service'), passwordOf(service, 'service'));
  const owner = await ensureRole(client, roleName(service, 'migration'), passwordOf(service, 'migration'));
  const {
    rows: [found],
  } = await client.query<{ owner: string }>(
    'SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1',
    [name],
  );
  if (!found) await client.query(`CREATE DATABASE ${database} OWNER ${owner}`);
  else if (found.owner !== roleName(service, 'migration')) {
    await client.query(`GRANT ${worker} TO ${owner}`);
    await client.query(`ALTER DATABASE ${database} OWNER TO ${owner}`);
  }
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${database} FROM PUBLIC`);
  await client.query(`GRANT CONNECT, TEMPORARY ON DATABASE ${database} TO ${worker}`);
}

/** The quoted name. A role that is no superuser may only give objects to roles of which it is a member. */
async function ensureRole(client: pg.Client, name: string, password: string): Promise<string> {
  const role = client.escapeIdentifier(name);
  const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
  await client.query(
    `${rowCount === 1 ? 'ALTER' : 'CREATE'} ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`,
  );
  await client.query(`GRANT ${role} TO CURRENT_USER`);
  return role;
}

function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  return parsed.href;
}
