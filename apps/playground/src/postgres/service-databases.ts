// One role and one database for each service that keeps anything; none can enter another's. Safe to repeat.
import pg from 'pg';
import { CannotStart } from '../cannot-start.ts';
import { servicesWithDatabase, type ServiceName } from '../services/service-names.ts';

export async function createServiceDatabases(superuserUrl: string, passwordOf: (service: ServiceName) => string): Promise<void> {
  const client = new pg.Client({ connectionString: superuserUrl });
  try {
    await client.connect();
  } catch (error) {
    throw new CannotStart(`PostgreSQL at ${withoutPassword(superuserUrl)} can't be used: ${(error as Error).message}`, { cause: error });
  }
  try {
    for (const service of servicesWithDatabase) await createOne(client, databaseName(service), passwordOf(service));
  } finally {
    await client.end();
  }
}

export function databaseName(service: ServiceName): string {
  return service.replaceAll('-', '_');
}

export function databaseUrl(superuserUrl: string, service: ServiceName, password: string): string {
  const url = new URL(superuserUrl);
  url.username = databaseName(service);
  url.password = password;
  url.pathname = `/${databaseName(service)}`;
  return url.href;
}

async function createOne(client: pg.Client, name: string, password: string): Promise<void> {
  const role = client.escapeIdentifier(name);
  const exists = async (sql: string): Promise<boolean> => (await client.query(sql, [name])).rowCount === 1;
  const verb = (await exists('SELECT 1 FROM pg_roles WHERE rolname = $1')) ? 'ALTER' : 'CREATE';
  await client.query(`${verb} ROLE ${role} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
  if (await exists('SELECT 1 FROM pg_database WHERE datname = $1')) return;
  await client.query(`GRANT ${role} TO CURRENT_USER`);
  await client.query(`CREATE DATABASE ${role} OWNER ${role}`);
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${role} FROM PUBLIC`);
}

function withoutPassword(url: string): string {
  const parsed = new URL(url);
  parsed.password = '';
  return parsed.href;
}
