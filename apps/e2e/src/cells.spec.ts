// Two cells side by side: each has a delivery process, a database and topics of its own; and a tenant moves from one to
// the other while its products go on publishing.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { repository } from '@carillon/playground';
import { notificationIdOf } from '@carillon/domain/ids';
import pg from 'pg';
import { environment } from './environment.ts';
import { nothingLostOrSilentlyDoubled } from './nothing-lost-or-silently-doubled.ts';
import { Stage, type Connected, type TimelineView } from './stage.ts';
import { teardown } from './teardown.ts';
import { until } from './until.ts';

const cells = ['0', '1'] as const;
type Cell = (typeof cells)[number];

let stage: Stage;
let ledgers: Record<Cell, pg.Pool>;
let acme: Connected[];
let globex: Connected;

beforeAll(async () => {
  stage = await Stage.start({ cells: ['1'], tenants: ['acme', { id: 'globex', cell: '1' }] });
  acme = await stage.connectWorkspaces(2, 5);
  globex = await stage.connectWorkspace('GLOBEX', { channels: 3, tenant: 'globex' });
  ledgers = Object.fromEntries(
    cells.map((cell) => [
      cell,
      new pg.Pool({ connectionString: stage.playground.postgres.databaseUrl('delivery', 'service', cell), max: 1 }),
    ]),
  ) as Record<Cell, pg.Pool>;
});
afterAll(async () => {
  await Promise.all([...Object.values(ledgers ?? {}).map((pool) => pool.end()), teardown()]);
});

/** How many notifications of a tenant stand in the ledger of a cell. */
async function known(cell: Cell, tenant: string): Promise<number> {
  const { rows } = await ledgers[cell].query<{ n: number }>(
    'SELECT count(*)::integer AS n FROM notification WHERE tenant_id = $1',
    [tenant],
  );
  return rows[0]!.n;
}

const operator = (): Promise<string> => stage.playground.issuer.mint({ sub: 'operator', roles: ['operator'] });

/** Asks the delivery process of a cell. */
async function ask(
  cell: Cell,
  path: string,
  token: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: object,
): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${stage.playground.service('delivery', Number(cell)).url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const id = (tenant: string, name: string): string => notificationIdOf(tenant, stage.product.source, name);

async function published(tenant: string, name: string, to: Connected, over: object = {}): Promise<string> {
  const target = { channel: to.channels[0], installation: to.installationId };
  const data = { tenantId: tenant, type: 'report.ready', title: name, to: [target], ...over };
  await stage.product.publish([{ id: name, data }]);
  await stage.ended([id(tenant, name)]);
  return id(tenant, name);
}

function retract(tenantId: string, name: string): Promise<void> {
  const topic = 'carillon.notification.retracted.v1';
  const { source } = stage.product;
  const headers = {
    ce_specversion: '1.0',
    ce_id: `${name} retracted`,
    ce_source: source,
    ce_type: topic,
    'content-type': 'application/json',
  };
  return stage.product.publishRaw(
    id(tenantId, name),
    Buffer.from(JSON.stringify({ tenantId, source, id: name })),
    Object.fromEntries(Object.entries(headers).map(([header, value]) => [header, Buffer.from(value)])),
    topic,
  );
}

const visible = async (text: string): Promise<{ ts: string; text: string }[]> =>
  (await stage.slack.messages()).filter((message) => message.text.includes(text) && !message.deleted);

describe('two cells side by side', () => {
  test("each delivers its tenants' notifications, and knows nothing of the other's", async () => {
    const load = stage.load(acme, 20);
    const theirs = await published('globex', 'for globex', globex);
    await nothingLostOrSilentlyDoubled(stage, load);
    expect(stage.outcomes.of(theirs)).toEqual([expect.objectContaining({ outcome: 'delivered' })]);
    expect(await known('0', 'globex')).toBe(0);
    expect(await known('1', 'acme')).toBe(0);
    expect(await known('0', 'acme')).toBeGreaterThanOrEqual(20);
    expect(await known('1', 'globex')).toBe(1);
  });

  test("a tenant's requests are answered by its cell, whichever is asked", async () => {
    const name = 'asked for';
    const notificationId = await published('globex', name, globex);
    const token = await stage.playground.token({ tenant: 'globex', sub: 'boss', roles: ['admin'] });
    const path = `/v1/notifications/${notificationId}`;
    const [here, there] = await Promise.all(cells.map((cell) => ask(cell, path, token)));
    expect(here).toMatchObject({ status: 200, body: { notificationId } });
    expect(there).toEqual(here);
    const { decisions } = here!.body as TimelineView;
    const { deliveryId } = decisions[0]!.deliveries[0]!;
    const replay = `/v1/deliveries/${deliveryId}/replay`;
    const refused = await ask('1', replay, token, {}, 'POST');
    expect(refused).toMatchObject({ status: 409, body: { title: 'Conflict' } });
    expect(await ask('0', replay, token, {}, 'POST')).toMatchObject({ status: 409, body: { title: 'Conflict' } });
    const stranger = await stage.playground.token({ tenant: 'acme', sub: 'boss', roles: ['admin'] });
    for (const cell of cells) expect(await ask(cell, path, stranger)).toMatchObject({ status: 404 });
    expect(await ask('1', path, token, { 'carillon-cell': '0' })).toMatchObject({
      status: 421,
      body: { detail: 'globex is in cell 1' },
    });
    expect(await ask('0', path, token, { 'carillon-cell': '7' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'carillon-cell', message: 'must be one of 0, 1' }] },
    });
  });

  test('an operator sees the lanes of both, a page at a time, and reaches each', async () => {
    const token = await operator();
    const found: { id: string; cell: string }[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query: string = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const { status, body } = await ask('1', `/v1/lanes?limit=1${query}`, token);
      expect(status).toBe(200);
      const page = body as { items: { id: string; cell: string }[]; nextCursor: string | null };
      found.push(...page.items);
      cursor = page.nextCursor;
    }
    const slack = found.filter((lane) => lane.id.startsWith('T0')).map((lane) => `${lane.id} ${lane.cell}`);
    expect(slack.sort()).toEqual(['T0GLOBEX 1', 'T0LOAD0 0', 'T0LOAD1 0']);
    for (const cell of cells) {
      expect(await ask(cell, '/v1/lanes/T0GLOBEX', token)).toMatchObject({ status: 200, body: { id: 'T0GLOBEX' } });
      expect(await ask(cell, '/v1/lanes/T0NOBODY', token)).toMatchObject({ status: 404 });
    }
    const delivered = { filter: { tenantId: 'globex', outcome: 'delivered' } };
    for (const cell of cells)
      expect(await ask(cell, '/v1/deliveries/replay', token, {}, 'POST', delivered)).toEqual({
        status: 202,
        body: { replayed: 0, refused: 2 },
      });
  });

  test('a product takes back what it sent without knowing of cells', async () => {
    await published('globex', 'taken back', globex);
    expect(await visible('taken back')).toHaveLength(1);
    await retract('globex', 'taken back');
    await until('the message to be gone', async () => (await visible('taken back')).length === 0);
  });
});

test('a tenant moves while its products publish: nothing is lost, doubled or out of order, and its history goes along', async () => {
  const before = await published('acme', 'before the move', acme[0]!, { collapseKey: 'move', sequence: 1 });
  const theirs = await known('1', 'globex');
  const load = stage.load(acme, 240, 20);
  await stage.underWay(load, 0.1);
  const moving = carillon('cells', 'move', 'acme', '--to', '1', '--json');
  await until('cell 1 to hold what comes', async () => {
    const { rowCount } = await ledgers['1'].query(`SELECT FROM tenant_move WHERE tenant_id = 'acme'`);
    return rowCount === 1;
  });
  stage.playground.declareTenants([
    { id: 'acme', cell: '1' },
    { id: 'globex', cell: '1' },
  ]);
  await stage.playground.service('preferences').restart();
  const steps = (await moving)
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { step: string });
  expect(steps.map(({ step }) => step)).toEqual(expect.arrayContaining(['held', 'switched', 'ingested', 'released']));
  console.log(JSON.stringify(steps.at(-1)));

  const { duplicates, ambiguousFailures } = await nothingLostOrSilentlyDoubled(stage, load);
  expect({ duplicates, ambiguousFailures }).toEqual({ duplicates: 0, ambiguousFailures: 0 });
  expect(await known('0', 'acme')).toBe(0);
  expect(await known('1', 'acme')).toBeGreaterThanOrEqual(240);
  expect(await known('1', 'globex')).toBe(theirs);

  const token = await stage.playground.token({ tenant: 'acme', sub: 'boss', roles: ['admin'] });
  for (const cell of cells)
    expect(await ask(cell, `/v1/notifications/${before}`, token)).toMatchObject({
      status: 200,
      body: { notificationId: before },
    });
  await published('acme', 'after the move', acme[0]!, { collapseKey: 'move', sequence: 2 });
  expect(await visible('the move')).toEqual([
    expect.objectContaining({ text: expect.stringContaining('after the move') }),
  ]);
  await retract('acme', 'after the move');
  await until('the message to be gone', async () => (await visible('the move')).length === 0);
});

/** Standard output of the command, as an operator runs it who has the databases of both cells. */
async function carillon(...args: string[]): Promise<string> {
  const { playground } = stage;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(repository, 'apps/cli/bin/carillon.mjs'), ...args],
    {
      cwd: '/',
      env: {
        PATH: environment['PATH'],
        KAFKA_BROKERS: playground.kafka.brokers.join(','),
        PREFERENCES_URL: playground.service('preferences').url,
        CARILLON_TOKEN: await operator(),
        CELL_0_DATABASE_URL: playground.postgres.databaseUrl('delivery', 'migration'),
        CELL_1_DATABASE_URL: playground.postgres.databaseUrl('delivery', 'migration', '1'),
      },
    },
  );
  return stdout;
}
