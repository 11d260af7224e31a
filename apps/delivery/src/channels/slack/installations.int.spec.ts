// What a process knows of installations: on a real database, which several processes share.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AuditLog } from '@carillon/runtime';
import { metricsText } from '@carillon/telemetry';
import type { Pool } from 'pg';
import { until } from '@carillon/messaging/testing';
import { LanesController } from '../../lanes/lanes.controller.ts';
import type { Ownership } from '../../ownership/ownership.ts';
import { resolved, toMember, useLedger } from '../../testing/ledger-stage.ts';
import { Installations } from './installations.ts';

const stage = useLedger();
let read: number[];
let effects: string[];
let installations: Installations;

/** The pool, with a note of how many rows each statement returned. */
const counting = (pool: Pool): Pool =>
  ({
    query: async (text: string, values?: unknown[]) => {
      const result = await pool.query<{ installation_id: string | null }>(text, values);
      read.push(result.rows.filter(({ installation_id }) => installation_id !== null).length);
      return result;
    },
  }) as unknown as Pool;

beforeEach(async () => {
  [read, effects] = [[], []];
  await stage.pool.query('TRUNCATE installation');
  await stage.pool.query(
    `INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version)
     SELECT 'i' || n, 'acme', 'T' || n, 'active', '{chat:write}', 1 FROM generate_series(1, 1000) AS n`,
  );
  installations = new Installations(counting(stage.pool));
  await installations.start({
    lost: (id) => effects.push(`lost ${id}`),
    restored: (id) => effects.push(`restored ${id}`),
    ended: (ids) => Promise.resolve(void effects.push(`ended ${ids.join()}`)),
  });
});
afterEach(() => installations.stop());

const set = (id: string, state: string) =>
  stage.pool.query('UPDATE installation SET state = $2 WHERE installation_id = $1', [id, state]);

const horizonPassed = async (): Promise<boolean> => {
  const { rows } = await stage.pool.query<{ passed: boolean }>(
    'SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(changed_in) AS passed FROM installation',
  );
  return rows[0]!.passed;
};

describe('the installations that a process knows', () => {
  test('are read once; afterwards a refresh reads what changed', async () => {
    expect(read).toEqual([1_000]);
    // What changed is read again while a transaction is open that began earlier, of other specs on this server too.
    await until(horizonPassed);
    await installations.refresh();
    read = [];
    await set('i7', 'disconnected');
    await installations.refresh();
    await installations.refresh();
    expect(Math.max(...read)).toBe(1);
    expect(installations.hasEnded('i7')).toBe(true);
    expect(effects).toEqual(['ended i7']);
  });

  test('include what a slow transaction changed, although it began before one that was read', async () => {
    const slow = await stage.pool.connect();
    try {
      await slow.query('BEGIN');
      await slow.query("UPDATE installation SET state = 'lost' WHERE installation_id = 'i1'");
      await set('i2', 'lost');
      await installations.refresh();
      expect(effects).toEqual(['lost i2']);
      await slow.query('COMMIT');
    } finally {
      slow.release();
    }
    await installations.refresh();
    expect(effects).toEqual(['lost i2', 'lost i1']);
  });

  test('a loss is told once, and so is the return', async () => {
    await set('i3', 'lost');
    for (let n = 0; n < 3; n++) await installations.refresh();
    await stage.pool.query("UPDATE installation SET scopes = '{}' WHERE installation_id = 'i3'");
    await installations.refresh();
    expect(effects).toEqual(['lost i3']);
    expect(await metricsText()).toMatch(/^carillon_lost_installations 1$/m);
    await set('i3', 'active');
    await installations.refresh();
    expect(effects).toEqual(['lost i3', 'restored i3']);
    expect(await metricsText()).toMatch(/^carillon_lost_installations 0$/m);
  });

  test('decide anew whose workspace it is', async () => {
    await stage.pool.query(
      `INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version)
       VALUES ('g1', 'globex', 'T1', 'active', '{}', 1)`,
    );
    await installations.refresh();
    expect(installations.isForeign('globex', { installationId: 'g1', teamId: 'T1' })).toBe(true);
    await set('i1', 'disconnected');
    await installations.refresh();
    expect(installations.isForeign('globex', { installationId: 'g1', teamId: 'T1' })).toBe(false);
  });
});

test('a lane shows its lost installations, and how many deliveries wait for each', async () => {
  await set('i1', 'lost');
  await stage.take([resolved('r', [toMember('ada'), toMember('bob')])]);
  const lanes = new LanesController(stage.pool, {} as Ownership, {} as AuditLog);
  expect(await lanes.one('T1')).toMatchObject({
    blockedInstallations: [{ id: 'i1', reason: 'installation_lost', waiting: 2 }],
  });
  await set('i1', 'active');
  expect(await lanes.one('T1')).toMatchObject({ blockedInstallations: [] });
});
