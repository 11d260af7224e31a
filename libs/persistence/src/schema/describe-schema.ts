// A database's schema as SQL text, read from PostgreSQL's catalogue: functions, tables with their columns, constraints
// and indexes, triggers and privileges. Guarantees: the same schema gives the same text, whatever the database and its
// roles are called; the text can be executed, and makes the same schema. It leaves out what services do not use: views,
// types of one's own, policies, statistics.
import type { Queryable } from '../outbox/outbox-table.ts';
import { listFunctions, listPrivileges, listTriggers } from './list-objects.ts';
import { listTables } from './list-tables.ts';

export async function describeSchema(db: Queryable, serviceRole: string): Promise<string> {
  const parts = [
    ...(await listTables(db)),
    ...(await listFunctions(db)),
    ...(await listTriggers(db)),
    ...(await listPrivileges(db, serviceRole)),
  ];
  return `${parts.join('\n\n')}\n`;
}
