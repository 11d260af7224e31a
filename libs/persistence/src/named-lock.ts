// A lock by name, for what has no row that could be locked: a count, a name that must be unique, a row that is not
// there yet. Guarantee: one transaction at a time holds a name, over all processes of the database, until it ends.
import type { Queryable } from './outbox/outbox-table.ts';
import { defineStatement } from './sql/define-statement.ts';
import { runStatement } from './sql/run-statement.ts';

export async function lockName(tx: Queryable, name: string): Promise<void> {
  await runStatement(tx, advisoryLock({ name }));
}

const advisoryLock = defineStatement({
  parameters: { name: 'text' },
  text: (p) => `SELECT pg_advisory_xact_lock(hashtextextended(${p.name}, 0))`,
});
