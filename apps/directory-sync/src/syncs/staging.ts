// Compares what Slack lists with the stored rows, by a temporary table. Guarantees: memory does not grow with the
// workspace; only rows that differ are written, in transactions of bounded size; rows that Slack no longer lists are
// deleted; a repeated or overlapping list has no other effect. What Slack said by an event after a page was read stays
// as it is.
import { defineStatement } from '@carillon/persistence';
import type { PoolClient } from 'pg';

export interface StagedTable {
  table: 'slack_user' | 'channel';
  key: string;
  /** The columns other than `installation_id`, the key and `team_id`. */
  columns: Readonly<Record<string, 'text' | 'boolean'>>;
}

const rowsPerStep = 5_000;

export class Staging<Row extends object> {
  private readonly staged: string;
  private readonly names: string[];
  private readonly statements: ReturnType<typeof statementsFor>;

  constructor(
    private readonly client: PoolClient,
    private readonly installationId: string,
    private readonly of: StagedTable,
  ) {
    this.staged = `staged_${of.table}`;
    this.names = [of.key, 'team_id', ...Object.keys(of.columns)];
    this.statements = statementsFor(of, this.staged, this.names);
  }

  async open(): Promise<void> {
    const { staged, of } = this;
    const columns = Object.entries(of.columns).map(([name, type]) => `${name} ${type}`);
    await this.client.query(
      `CREATE TEMP TABLE ${staged} (${of.key} text PRIMARY KEY, team_id text NOT NULL, ${columns.join(', ')}, known_at bigint NOT NULL)`,
    );
  }

  /**
   * Returns how many rows are new in the temporary table. A row that two workspaces of an organisation list belongs to
   * the one whose id sorts first.
   * @param knownAt since when they hold, in ms since 1970
   */
  async add(rows: readonly Row[], knownAt: number): Promise<number> {
    const statement = this.statements.add({ rows: JSON.stringify(rows), knownAt });
    const added = await this.client.query<{ added: number }>(statement);
    return added.rows[0]?.added ?? 0;
  }

  /** Must be called once, after the last `add`. */
  async seal(): Promise<void> {
    await this.client.query(`ANALYZE ${this.staged}`);
  }

  /**
   * Writes some of the rows that differ, in the caller's transaction. Returns whether there may be more.
   * @param from since when the list as a whole holds: what is not in it and was not known later is deleted
   */
  async mergeSome(client: PoolClient, from: number): Promise<boolean> {
    const { installationId, statements } = this;
    const merged = await client.query(statements.merge({ installationId }));
    const removed = await client.query(statements.remove({ installationId, from }));
    return merged.rowCount === rowsPerStep || removed.rowCount === rowsPerStep;
  }
}

/** `staged`: the temporary table; `names`: its columns, the key first. */
function statementsFor(of: StagedTable, staged: string, names: readonly string[]) {
  const types = names.map((name) => `${name} ${of.columns[name] ?? 'text'}`);
  const updates = Object.keys(of.columns).map((name) => `${name} = excluded.${name}`);
  const compared = names.slice(1);
  const list = (alias: string) => compared.map((name) => `${alias}.${name}`).join(', ');
  return {
    add: defineStatement({
      parameters: { rows: 'jsonb', knownAt: 'bigint' },
      text: (p) => `
WITH given AS (
  INSERT INTO ${staged} (${names.join(', ')}, known_at)
  SELECT DISTINCT ON (${of.key}) ${names.join(', ')}, ${p.knownAt} FROM jsonb_to_recordset(${p.rows}) AS r (${types.join(', ')})
  ON CONFLICT (${of.key}) DO UPDATE SET team_id = least(${staged}.team_id, excluded.team_id), ${updates.join(', ')}
  RETURNING xmax = 0 AS fresh)
SELECT count(*) FILTER (WHERE fresh)::int AS added FROM given`,
    }),
    merge: defineStatement({
      parameters: { installationId: 'text' },
      text: (p) => `
INSERT INTO ${of.table} (installation_id, ${names.join(', ')}, known_at)
SELECT ${p.installationId}, s.* FROM (
  SELECT ${names.map((name) => `s.${name}`).join(', ')}, s.known_at
    FROM ${staged} s LEFT JOIN ${of.table} t ON t.installation_id = ${p.installationId} AND t.${of.key} = s.${of.key}
   WHERE t.${of.key} IS NULL OR (t.known_at <= s.known_at AND (${list('t')}) IS DISTINCT FROM (${list('s')}))
   LIMIT ${rowsPerStep}) AS s
ON CONFLICT (installation_id, ${of.key}) DO UPDATE SET ${[...compared, 'known_at'].map((name) => `${name} = excluded.${name}`).join(', ')}`,
    }),
    remove: defineStatement({
      parameters: { installationId: 'text', from: 'bigint' },
      text: (p) => `
DELETE FROM ${of.table} WHERE installation_id = ${p.installationId} AND ${of.key} IN (
  SELECT t.${of.key} FROM ${of.table} t
   WHERE t.installation_id = ${p.installationId} AND t.known_at <= ${p.from} AND NOT EXISTS (SELECT FROM ${staged} s WHERE s.${of.key} = t.${of.key})
   LIMIT ${rowsPerStep})`,
    }),
  };
}
