// A tenant moves from one cell to another: on two real ledgers, with the consumers of both as Kafka calls them.
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  claimDatabase,
  laneRows,
  moveTenant,
  sharedTables,
  tenantRows,
  type MoveOptions,
  type MoveStep,
} from '@carillon/cells';
import {
  inCell,
  notificationResolved,
  notificationRetracted,
  type ResolvedNotification,
  type Topic,
} from '@carillon/domain';
import { notificationIdOf } from '@carillon/domain/ids';
import { decoderOf, encode } from '@carillon/messaging';
import { batchOf } from '@carillon/messaging/testing';
import { Tenants } from '@carillon/runtime';
import { Installations } from '../channels/slack/installations.ts';
import type { ResolvedRecord } from '../model/ingest-plan.ts';
import { testChannels } from '../testing/channels.ts';
import { idOf, resolved, toMember, useLedger, type LedgerStage } from '../testing/ledger-stage.ts';
import { testIngest } from '../testing/test-ingest.ts';

const tenants = new Tenants(
  [
    { id: 'acme', name: 'Acme', sources: ['/test'] },
    { id: 'globex', name: 'Globex', sources: ['/test'] },
    { id: 'born', name: 'Declared in cell 1', sources: ['/test'], cell: '1' },
  ],
  undefined,
  ['0', '1'].map((id) => ({ id, deliveryUrl: `http://cell-${id}` })),
);
const [zero, one] = [useLedger(), useLedger()];

const consumersOf = ({ pool }: LedgerStage, cell: string) =>
  testIngest({ pool, channels: testChannels(pool, new Installations(pool)), tenants, cell });

let cells: Record<'zero' | 'one', ReturnType<typeof consumersOf>>;
const stop = new AbortController();
beforeEach(async () => {
  await claimDatabase(zero.pool, '0');
  await claimDatabase(one.pool, '1');
  cells = { zero: consumersOf(zero, '0'), one: consumersOf(one, '1') };
});

async function take(consumers: ReturnType<typeof consumersOf>, ...records: ResolvedRecord[]): Promise<void> {
  const batch = batchOf(
    notificationResolved,
    records.map(({ data }, n) => ({ id: String(n), source: '/carillon', data: data as ResolvedNotification })),
  );
  await consumers.resolved.handle(batch);
  expect(batch.rejected).toEqual([]);
}

const retract = (consumers: ReturnType<typeof consumersOf>, id: string, tenantId = 'acme'): Promise<void> =>
  consumers.retracted.handle(
    batchOf(notificationRetracted, [{ id: `r-${id}`, source: '/test', data: { tenantId, source: '/test', id } }]),
  );

const ofGlobex = (id: string): ResolvedRecord => {
  const record = resolved(id, [
    toMember('eve', {
      destinations: [{ kind: 'slack', surface: 'dm', installationId: 'g1', teamId: 'T9', channel: 'U-eve' }],
    }),
  ]);
  const notificationId = notificationIdOf('globex', '/test', id);
  return {
    data: { ...record.data, tenantId: 'globex', notification: { ...record.data.notification, notificationId } },
  };
};

/** Everything that stands in a ledger of one tenant, in a form that two ledgers can be compared by. */
async function contents(stage: LedgerStage, tenantId = 'acme'): Promise<unknown> {
  const all = (sql: string) => stage.rows(sql, [tenantId]);
  return {
    notifications: await all('SELECT * FROM notification WHERE tenant_id = $1 ORDER BY 1'),
    decisions: await all(
      'SELECT d.* FROM decision d JOIN notification n USING (notification_id) WHERE tenant_id = $1 ORDER BY 1, 2',
    ),
    deliveries: await all('SELECT * FROM delivery WHERE tenant_id = $1 ORDER BY 1'),
    attempts: await all('SELECT a.* FROM attempt a JOIN delivery USING (delivery_id) WHERE tenant_id = $1 ORDER BY 1'),
    slots: await all(
      'SELECT * FROM slot WHERE slot_id IN (SELECT collapse_slot FROM delivery WHERE tenant_id = $1) ORDER BY 1',
    ),
    retractions: await all('SELECT * FROM retraction WHERE tenant_id = $1 ORDER BY 1'),
    reuses: await all('SELECT * FROM id_reuse WHERE tenant_id = $1 ORDER BY 1'),
  };
}

const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

const pace = { posting_per_minute: 123, pace: { learned: true }, paused_by: 'operator' };

/** Of acme: sent, waiting, ready, in a digest, collapsed, retracted before it came, refused as a reused id. */
async function fill(): Promise<void> {
  await zero.pool.query(
    `INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version)
     VALUES ('i1', 'acme', 'T1', 'active', '{}', 1), ('g1', 'globex', 'T9', 'active', '{}', 1)`,
  );
  await take(cells.zero, resolved('sent', [toMember('ada')], { collapseKey: 'report', sequence: 1 }));
  const epoch = await zero.own();
  const claimed = await zero.claimOne(epoch, 'sent');
  await zero.deliver(claimed!);
  await retract(cells.zero, 'never');
  await take(
    cells.zero,
    resolved('update', [toMember('ada')], { collapseKey: 'report', sequence: 2 }),
    resolved('ready', [toMember('ada', { variant: 'de' }), toMember('bob')], {
      variants: { de: { title: 'Bericht' } },
    }),
    resolved('later', [toMember('ada', { mode: { kind: 'later', notBefore: inAnHour() } })]),
    resolved('item', [toMember('ada', { mode: { kind: 'digest', key: 'daily', dueAt: inAnHour() } })]),
    ofGlobex('theirs'),
  );
  await zero.pool.query(
    `INSERT INTO conversation (team_id, people, channel) VALUES ('T1', 'U1', 'D1'), ('T9', 'U9', 'D9')`,
  );
  await zero.pool.query(`INSERT INTO lane (lane_id) VALUES ('email:acme'), ('email:globex')`);
  await zero.pool.query(
    `UPDATE lane SET posting_per_minute = 123, pace = '{"learned":true}', paused_by = 'operator' WHERE lane_id IN ('T1', 'email:acme')`,
  );
}

let arriving: Promise<void> | undefined;
const move = (given: Partial<MoveOptions> = {}): Promise<void> =>
  moveTenant({
    tenantId: 'acme',
    from: { cell: '0', url: zero.url },
    to: { cell: '1', url: one.url },
    switched: () => Promise.resolve(),
    ingested: () => Promise.resolve(),
    signal: stop.signal,
    ...given,
    onStep: (step) => {
      given.onStep?.(step);
      if (step.step === 'released') arriving = arrive(cells.one, one);
    },
  });

/** What the maintenance of a cell does each second, until nothing is held. */
async function arrive({ held }: ReturnType<typeof consumersOf>, { pool }: LedgerStage): Promise<void> {
  for (let left = 1; left > 0; ) {
    await held.step();
    const { rows } = await pool.query<{ left: number }>(
      'SELECT count(*)::integer AS left FROM tenant_move WHERE released_at IS NOT NULL AND ended_at IS NULL',
    );
    left = rows[0]!.left;
  }
}

afterEach(async () => {
  await arriving;
  for (const { pool } of [zero, one]) await pool.query('TRUNCATE audit_entry');
});

describe('a move', () => {
  test('knows every table: what is a tenant’s goes along, what is not is named with its reason', async () => {
    const tables = await zero.rows(
      `SELECT c.relname AS name FROM pg_class c LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND (i.inhparent IS NULL OR i.inhparent = 'delivery'::regclass) ORDER BY 1`,
    );
    const known = [...tenantRows, laneRows].map(({ table }) => table).concat(Object.keys(sharedTables));
    expect(tables.map(({ name }) => name)).toEqual(known.sort());
  });

  test('takes everything of the tenant along and leaves nothing of it; of others it touches nothing', async () => {
    await fill();
    const [before, theirs] = [await contents(zero), await contents(zero, 'globex')];
    const [{ last }] = (await zero.rows('SELECT last_value::text AS last FROM delivery_seq')) as [{ last: string }];
    await move();
    expect(await contents(one)).toEqual(before);
    expect(await contents(zero, 'globex')).toEqual(theirs);
    expect(await one.rows('SELECT recipient FROM delivery WHERE variant IS NOT NULL')).toEqual([
      { recipient: 'member:ada' },
    ]);
    expect(await one.rows('SELECT lane_id, posting_per_minute, pace, paused_by FROM lane ORDER BY lane_id')).toEqual(
      ['T1', 'email:acme'].map((lane_id) => ({ lane_id, ...pace })),
    );
    expect(await one.rows('SELECT channel FROM conversation')).toEqual([{ channel: 'D1' }]);
    expect(await zero.states()).toEqual(['theirs ready']);
    for (const table of ['notification', 'decision', 'delivery', 'departing_delivery'])
      expect([table, await zero.rows(`SELECT count(*)::integer AS n FROM ${table}`)]).toEqual([
        table,
        [{ n: table === 'departing_delivery' ? 0 : 1 }],
      ]);
    const next = await one.rows(`SELECT nextval('delivery_seq') > ${last} AS later`);
    expect(next).toEqual([{ later: true }]);
  });

  test('holds what is decided meanwhile, and takes it in order when all is there', async () => {
    await fill();
    await move({
      switched: async () => {
        await take(cells.one, resolved('new 1', [toMember('ada')]), resolved('new 2', [toMember('ada')]));
        await retract(cells.one, 'ready');
        // What old processes still publish, and what a new one publishes again.
        await take(cells.zero, resolved('straggler', [toMember('ada')]));
        await take(cells.one, resolved('update', [toMember('ada')], { collapseKey: 'report', sequence: 2 }));
        expect(await one.states()).toEqual([]);
      },
    });
    const order = await one.rows(
      `SELECT n.external_id AS id, d.state FROM delivery_live d JOIN notification n USING (notification_id) ORDER BY d.seq`,
    );
    expect(order.filter(({ state }) => state === 'ready').map(({ id }) => id)).toEqual([
      'update',
      'straggler',
      'new 1',
      'new 2',
    ]);
    expect(await one.rows(`SELECT state FROM delivery WHERE notification_id = $1`, [idOf('ready')])).toEqual([
      { state: 'cancelled' },
      { state: 'cancelled' },
    ]);
    expect(await one.rows('SELECT count(*)::integer AS n FROM held_record')).toEqual([{ n: 0 }]);
  });

  test('waits for what is in flight, which the old cell ends', async () => {
    await fill();
    await take(cells.zero, resolved('alone', [toMember('cyd')]));
    const claimed = await zero.claimOne(await zero.own(), 'alone');
    const seen: MoveStep[] = [];
    await move({
      onStep: (step) => {
        if (step.step !== 'taking') return;
        if (seen.length === 0) void zero.deliver(claimed!, '7.7');
        seen.push(step);
      },
    });
    expect(seen.map((step) => step.step === 'taking' && step.inFlight)).toEqual([1, 0]);
    const states = await one.rows('SELECT state FROM delivery WHERE delivery_id = $1', [claimed!.deliveryId]);
    expect(states).toEqual([{ state: 'delivered' }]);
  });

  test.each(['held', 'switched', 'ingested', 'taking', 'copied', 'released'])(
    'that is interrupted after “%s” goes on where it is started again',
    async (last) => {
      await fill();
      const before = await contents(zero);
      await expect(
        move({
          onStep: ({ step }) => {
            if (step === last) throw new Error('interrupted');
          },
        }),
      ).rejects.toThrow('interrupted');
      await move();
      expect(await contents(one)).toEqual(before);
      expect(await zero.states()).toEqual(['theirs ready']);
    },
  );

  test('that is interrupted does not bring back what the new cell has sent meanwhile', async () => {
    await fill();
    await expect(
      move({
        onStep: ({ step }) => {
          if (step === 'copied') throw new Error('interrupted');
        },
      }),
    ).rejects.toThrow('interrupted');
    await one.pool.query(`UPDATE lane SET paused_by = NULL`);
    const sent = await one.claimOne(await one.own(one.podA), 'ready');
    await one.deliver(sent!);
    await move();
    expect(await one.rows('SELECT state FROM delivery WHERE delivery_id = $1', [sent!.deliveryId])).toEqual([
      { state: 'delivered' },
    ]);
  });

  test('back and forth ends where it began', async () => {
    await fill();
    const before = await contents(zero);
    await move();
    await one.pool.query(
      `INSERT INTO installation (installation_id, tenant_id, team_id, state, scopes, version) VALUES ('i1', 'acme', 'T1', 'active', '{}', 1)`,
    );
    await moveTenant({
      tenantId: 'acme',
      from: { cell: '1', url: one.url },
      to: { cell: '0', url: zero.url },
      switched: () => Promise.resolve(),
      ingested: () => Promise.resolve(),
      signal: stop.signal,
      onStep: ({ step }) => {
        if (step === 'released') arriving = arrive(cells.zero, zero);
      },
    });
    expect(await contents(zero)).toEqual(before);
    expect(await one.states()).toEqual([]);
    await take(cells.zero, resolved('after', [toMember('ada')]));
    expect(await zero.states()).toContain('after ready');
  });

  test('is refused where it is done, where another one is not finished, and to the same cell', async () => {
    await fill();
    await expect(move({ to: { cell: '0', url: zero.url } })).rejects.toThrow('acme is in cell 0 already');
    await expect(move({ to: { cell: '7', url: one.url } })).rejects.toThrow(
      'the database that is named for cell 7 is that of cell 1',
    );
    await one.pool.query(`INSERT INTO tenant_move (tenant_id, direction, cell) VALUES ('acme', 'in', '7')`);
    await expect(move()).rejects.toThrow('another move of acme is not finished: cell 1 knows of one from cell 7');
    await one.pool.query('DELETE FROM tenant_move');
    await move();
    await expect(move()).rejects.toThrow('acme was moved to cell 1 already');
  });
});

test('a database belongs to the cell that used it first', async () => {
  await expect(claimDatabase(zero.pool, '1')).rejects.toThrow('DATABASE_URL is the database of cell 0');
  await zero.pool.query('TRUNCATE cell');
  await expect(move()).rejects.toThrow('was never used: start delivery there first');
});

describe('after a move the old cell', () => {
  const forwarded = async (topic: Topic) => {
    const records = await zero.rows('SELECT topic, key, value, headers, partition FROM outbox WHERE topic = $1', [
      topic.name,
    ]);
    const decode = decoderOf(topic);
    return records.map((record, n) =>
      decode(
        { ...(record as object), offset: String(n), timestamp: '0' } as unknown as Parameters<typeof decode>[0],
        record['partition'] as number,
      ),
    );
  };

  test('passes decisions and retractions on, as they came', async () => {
    await fill();
    await move();
    await take(cells.zero, resolved('late', [toMember('ada')]), ofGlobex('more'));
    await retract(cells.zero, 'late');
    expect(await zero.states()).toEqual(['theirs ready', 'more ready']);
    expect(await forwarded(inCell(notificationResolved, '1'))).toEqual([
      { received: expect.objectContaining({ data: resolved('late', [toMember('ada')]).data }) },
    ]);
    expect(await forwarded(inCell(notificationRetracted, '1'))).toEqual([
      { received: expect.objectContaining({ data: { tenantId: 'acme', source: '/test', id: 'late' } }) },
    ]);
  });

  test('passes on a retraction that came as a structured event', async () => {
    const data = { tenantId: 'born', source: '/test', id: 'x' };
    const { headers: _, ...plain } = encode(notificationRetracted, { id: 'r', source: '/test', data });
    const batch = batchOf(notificationRetracted, [{ id: 'r', source: '/test', data }]);
    const [record] = batch.records;
    const structured = {
      ...record!,
      raw: { ...record!.raw, headers: { 'content-type': 'application/cloudevents+json' } },
    };
    await cells.zero.retracted.handle({ ...batch, records: [structured] });
    expect(plain.value).toBeDefined();
    expect(await forwarded(inCell(notificationRetracted, '1'))).toEqual([
      { received: expect.objectContaining({ data, id: 'r', source: '/test' }) },
    ]);
    expect(await zero.rows('SELECT count(*)::integer AS n FROM retraction')).toEqual([{ n: 0 }]);
  });
});
