// Every row that holds sealed tokens: those of installations, of grants that wait for a confirmation, and of
// revocations. Guarantees: all of them are sealed with the first key by a walk in small steps, which several processes
// may do at once; a row that does not open is counted by its key and left as it is, so that a key which was lost shows
// and stops nothing.
import { createLogger } from '@carillon/telemetry';
import { defineStatement } from '@carillon/persistence';
import type { DataSource, EntityManager } from 'typeorm';
import type { KeyRing } from './key-ring.ts';
import type { SealedTokens } from './sealed-tokens.ts';

export interface KeyUse {
  kid: string;
  /** Rows that the key sealed. */
  rows: number;
  /** Whether TOKEN_KEYS has the key. */
  known: boolean;
}

export interface Resealed {
  /** The key that seals. */
  kid: string;
  resealed: number;
  /** Rows that do not open: their key is not in TOKEN_KEYS, or is another one of the same name. */
  unreadable: number;
}

interface Row {
  pk: string;
  owner: string;
  kid: string;
  accessToken: string;
  refreshToken: string | null;
  expiresAt: Date | null;
}

const atOnce = 100;

/** `pk` orders the walk; the tokens are sealed for `owner`. */
const tables = [
  {
    table: 'sealed_token',
    pk: 'installation_id',
    owner: 'installation_id',
    lowest: '00000000-0000-0000-0000-000000000000',
    type: 'uuid',
    expiry: 'expires_at',
  },
  {
    table: 'connection_attempt',
    pk: 'id',
    owner: 'id',
    lowest: '00000000-0000-0000-0000-000000000000',
    type: 'uuid',
    expiry: 'token_expires_at',
  },
  { table: 'slack_task', pk: 'id', owner: 'subject', lowest: '0', type: 'bigint', expiry: 'token_expires_at' },
] as const;

const walks = tables.map(({ table, pk, owner, lowest, type, expiry }) => ({
  lowest,
  select: defineStatement({
    parameters: { kid: 'text', after: 'text', most: 'integer' },
    text: (p) => `
SELECT ${pk}::text AS pk, ${owner}::text AS owner, kid, access_token AS "accessToken", refresh_token AS "refreshToken",
       ${expiry} AS "expiresAt"
  FROM ${table} WHERE access_token IS NOT NULL AND kid <> ${p.kid} AND ${pk} > ${p.after}::${type}
 ORDER BY ${pk} LIMIT ${p.most} FOR UPDATE SKIP LOCKED`,
  }),
  update: defineStatement({
    parameters: { pk: 'text', kid: 'text', accessToken: 'text', refreshToken: 'text?' },
    text: (p) => `
UPDATE ${table} SET kid = ${p.kid}, access_token = ${p.accessToken}, refresh_token = ${p.refreshToken}
 WHERE ${pk} = ${p.pk}::${type}`,
  }),
}));

export class SealedRows {
  private readonly log = createLogger('sealed-rows');

  constructor(
    private readonly dataSource: DataSource,
    private readonly ring: KeyRing,
    private readonly sealedTokens: SealedTokens,
  ) {}

  async keysInUse(): Promise<KeyUse[]> {
    const rows = await this.dataSource.query<{ kid: string; rows: number }[]>(`
SELECT kid, count(*)::integer AS rows
  FROM (${tables.map(({ table }) => `SELECT kid FROM ${table} WHERE access_token IS NOT NULL`).join(' UNION ALL ')}) s
 GROUP BY kid ORDER BY kid`);
    const unused = this.ring.kids.filter((kid) => !rows.some((row) => row.kid === kid));
    return [
      ...rows.map(({ kid, rows: count }) => ({ kid, rows: count, known: this.ring.kids.includes(kid) })),
      ...unused.map((kid) => ({ kid, rows: 0, known: true })),
    ];
  }

  async sealAnew(): Promise<Resealed> {
    const result = { kid: this.ring.sealingKid, resealed: 0, unreadable: 0 };
    for (const walk of walks) {
      for (let after: string | undefined = walk.lowest; after !== undefined; )
        after = await this.step(walk, after, result);
    }
    if (result.resealed > 0)
      this.log.info({ kid: result.kid, count: result.resealed }, 'tokens were sealed with the new key');
    return result;
  }

  /** @returns the last row that was looked at; undefined at the end */
  private step(walk: (typeof walks)[number], after: string, result: Resealed): Promise<string | undefined> {
    return this.dataSource.transaction(async (manager) => {
      const { text, values } = walk.select({ kid: this.ring.sealingKid, after, most: atOnce });
      const rows = await manager.query<Row[]>(text, values);
      for (const row of rows)
        if (await this.sealRow(manager, walk, row)) result.resealed++;
        else result.unreadable++;
      return rows.at(-1)?.pk;
    });
  }

  private async sealRow(manager: EntityManager, walk: (typeof walks)[number], row: Row): Promise<boolean> {
    try {
      const tokens = await this.sealedTokens.open({ ...row, installationId: row.owner });
      const { kid, accessToken, refreshToken } = await this.sealedTokens.seal(row.owner, tokens);
      const { text, values } = walk.update({ pk: row.pk, kid, accessToken, refreshToken });
      await manager.query(text, values);
      return true;
    } catch (error) {
      const code = (error as { code?: string }).code;
      this.log.error(
        { sealedFor: row.owner, kid: row.kid, code },
        'a sealed token does not open; the code says why, TOKEN_KEYS may lack its key',
      );
      return false;
    }
  }
}
