// Runs a bound statement where text and values are taken apart, as TypeORM's EntityManager takes them.
import type { Queryable } from '../outbox/outbox-table.ts';
import type { BoundStatement } from './define-statement.ts';

/** @returns what the driver makes of the answer: rows, or for TypeORM's UPDATE and DELETE `[rows, count]` */
export const runStatement = <Answer>(tx: Queryable, { text, values }: BoundStatement): Promise<Answer> =>
  tx.query(text, values) as Promise<Answer>;
