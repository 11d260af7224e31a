// One database session that several tasks use: their statements run one after another, in the order of the calls.
import type { ClientBase, QueryConfig, QueryResult, QueryResultRow } from 'pg';

/** `query_timeout`: pg's own, which its types lack: fails the query when no answer came for so long (ms). */
export type Statement = QueryConfig & { query_timeout?: number };

export class Session {
  private last: Promise<unknown> = Promise.resolve();

  constructor(private readonly client: ClientBase) {}

  query<Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> {
    const result = this.last.then(() => this.client.query<Row>(statement));
    this.last = result.catch(() => undefined);
    return result;
  }
}
