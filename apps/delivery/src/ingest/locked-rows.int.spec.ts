// A record whose rows somebody has locked holds up no other record of its batch.
import { expect, test } from '@jest/globals';
import { notificationResolved, type ResolvedNotification } from '@carillon/domain';
import { batchOf } from '@carillon/messaging/testing';
import { createPool } from '@carillon/persistence';
import { Tenants } from '@carillon/runtime';
import { Installations } from '../channels/slack/installations.ts';
import type { ResolvedRecord } from '../model/ingest-plan.ts';
import { testChannels } from '../testing/channels.ts';
import { whileLocked } from '../testing/locked-row.ts';
import { idOf, resolved, toMember, useLedger } from '../testing/ledger-stage.ts';
import { testIngest } from '../testing/test-ingest.ts';

const stage = useLedger();
const tenants = new Tenants([{ id: 'acme', name: 'Acme', sources: ['/test'] }]);

test('the other records of a batch are stored, and the batch is handed over again until the row is free', async () => {
  const pool = createPool(stage.url, { settings: { lock_timeout: '200ms' } });
  const { resolved: ingest } = testIngest({ pool, channels: testChannels(pool, new Installations(pool)), tenants });
  const handle = async (records: ResolvedRecord[]): Promise<void> => {
    const batch = batchOf(
      notificationResolved,
      records.map(({ data }, n) => ({ id: String(n), source: '/s', data: data as ResolvedNotification })),
    );
    await ingest.handle(batch);
    expect(batch.rejected).toEqual([]);
  };
  await handle([resolved('known', [toMember('ada')])]);
  const batch = [
    ...['a', 'b', 'c'].map((id) => resolved(id, [toMember('ada')])),
    resolved('known', [toMember('bob')]),
    ...['d', 'e', 'f'].map((id) => resolved(id, [toMember('ada')])),
  ];
  const known = `SELECT FROM notification WHERE notification_id = '${idOf('known')}'`;
  try {
    await whileLocked(stage.pool, known, async () => {
      await expect(handle(batch)).rejects.toMatchObject({ code: '55P03' });
      expect(await stage.states()).toHaveLength(7);
    });
    await handle(batch);
    expect(await stage.states()).toHaveLength(8);
  } finally {
    await pool.end();
  }
});
