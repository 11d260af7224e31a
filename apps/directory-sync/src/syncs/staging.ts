// Compares what Slack lists with the stored rows. What is listed is staged in a table, so that another process can go
// on after a crash. Guarantees: memory does not grow with the workspace; only rows that differ are written, in
// transactions of bounded size; rows that Slack no longer lists are deleted; a repeated or overlapping list has no
// other effect. What Slack said by an event after a page was read stays as it is.
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
  private readonly statements: ReturnType<typeof statementsFor>;

  constructor(
    private readonly sync: { id: string; installationId: string },
    of: StagedTable,
  ) {
    this.statements = statementsFor(of);
  }

  /**
   * Returns how many rows were not staged before. A row that two workspaces of an organisation list belongs to the one
   * whose id sorts first.
   * @param knownAt since when they hold, in ms since 1970
   */
  async add(client: PoolClient, rows: readonly Row[], knownAt: number): Promise<number> {
    const statement = this.statements.add({ syncId: this.sync.id, rows: JSON.stringify(rows), knownAt });
    return (await client.query<{ added: number }>(statement)).rows[0]?.added ?? 0;
  }

  /** Forgets what the list of a workspace had, which starts over. Returns how many rows that were. */
  async restart(client: PoolClient, teamId: string): Promise<number> {
    return (await client.query(this.statements.restart({ syncId: this.sync.id, teamId }))).rowCount ?? 0;
  }

  /**
   * Writes those of the next staged rows that differ, in the caller's transaction. Returns the last key it compared;
   * undefined: there are no more.
   */
  async mergeSome(client: PoolClient, after: string): Promise<string | undefined> {
    const { id: syncId, installationId } = this.sync;
    const { rows } = await client.query<{ last: string | null }>(
      this.statements.merge({ syncId, installationId, after }),
    );
    return rows[0]?.last ?? undefined;
  }

  /**
   * Deletes those of the next stored rows that are not listed. Returns as `mergeSome`.
   * @param from since when the list as a whole holds: what was known later stays
   */
  async removeSome(client: PoolClient, after: string, from: number): Promise<string | undefined> {
    const { id: syncId, installationId } = this.sync;
    const { rows } = await client.query<{ last: string | null }>(
      this.statements.remove({ syncId, installationId, after, from }),
    );
    return rows[0]?.last ?? undefined;
  }
}

function statementsFor({ table, key, columns }: StagedTable) {
  const staged = `staged_${table}`;
  const names = [key, 'team_id', ...Object.keys(columns)];
  const types = names.map((name) => `${name} ${columns[name] ?? 'text'}`).join(', ');
  const updates = Object.keys(columns).map((name) => `${name} = excluded.${name}`);
  const compared = names.slice(1);
  const list = (alias: string) => compared.map((name) => `${alias}.${name}`).join(', ');
  return {
    add: defineStatement({
      name: `${staged}-add`,
      parameters: { syncId: 'uuid', rows: 'jsonb', knownAt: 'bigint' },
      text: (p) => `
WITH given AS (
  INSERT INTO ${staged} AS s (sync_id, ${names.join(', ')}, known_at)
  SELECT DISTINCT ON (${key}) ${p.syncId}, ${names.join(', ')}, ${p.knownAt} FROM jsonb_to_recordset(${p.rows}) AS r (${types})
  ON CONFLICT (sync_id, ${key}) DO UPDATE
    SET team_id = CASE WHEN s.gone THEN excluded.team_id ELSE least(s.team_id, excluded.team_id) END, ${updates.join(', ')},
        known_at = excluded.known_at, gone = false
    WHERE s.known_at <= excluded.known_at
  RETURNING xmax = 0 AS fresh)
SELECT count(*) FILTER (WHERE fresh)::int AS added FROM given`,
    }),
    restart: defineStatement({
      parameters: { syncId: 'uuid', teamId: 'text' },
      text: (p) => `DELETE FROM ${staged} WHERE sync_id = ${p.syncId} AND team_id = ${p.teamId} AND NOT gone`,
    }),
    merge: defineStatement({
      name: `${staged}-merge`,
      parameters: { syncId: 'uuid', installationId: 'text', after: 'text' },
      text: (p) => `
WITH step AS MATERIALIZED (
  SELECT * FROM ${staged} WHERE sync_id = ${p.syncId} AND ${key} > ${p.after} ORDER BY ${key} LIMIT ${rowsPerStep}),
written AS (
  INSERT INTO ${table} (installation_id, ${names.join(', ')}, known_at)
  SELECT ${p.installationId}, ${names.map((name) => `s.${name}`).join(', ')}, s.known_at
    FROM step s LEFT JOIN ${table} t ON t.installation_id = ${p.installationId} AND t.${key} = s.${key}
   WHERE NOT s.gone AND (t.${key} IS NULL OR (t.known_at <= s.known_at AND (${list('t')}) IS DISTINCT FROM (${list('s')})))
  ON CONFLICT (installation_id, ${key}) DO UPDATE SET ${[...compared, 'known_at'].map((name) => `${name} = excluded.${name}`).join(', ')})
SELECT max(${key}) AS last FROM step`,
    }),
    remove: defineStatement({
      name: `${staged}-remove`,
      parameters: { syncId: 'uuid', installationId: 'text', after: 'text', from: 'bigint' },
      text: (p) => `
WITH step AS MATERIALIZED (
  SELECT ${key}, known_at FROM ${table}
   WHERE installation_id = ${p.installationId} AND ${key} > ${p.after} ORDER BY ${key} LIMIT ${rowsPerStep}),
removed AS (
  DELETE FROM ${table} t USING step
   WHERE t.installation_id = ${p.installationId} AND t.${key} = step.${key} AND step.known_at <= ${p.from}
     AND NOT EXISTS (SELECT FROM ${staged} s WHERE s.sync_id = ${p.syncId} AND s.${key} = step.${key} AND NOT s.gone))
SELECT max(${key}) AS last FROM step`,
    }),
  };
}
