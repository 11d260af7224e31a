// The command against a preferences service that answers as ours does. The move itself runs in apps/e2e.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JsonServer } from '../testing/json-server.ts';
import { carillon } from '../testing/test-terminal.ts';

const server = new JsonServer();
const { requests } = server;
let url: string;

beforeAll(async () => {
  url = await server.start();
  server.reply = ({ url: path, authorization }) => {
    if (authorization !== 'Bearer operator')
      return { status: 403, body: { title: 'Forbidden', detail: 'needs one of the roles operator' } };
    const query = new URL(path, url).searchParams;
    if (query.has('tenantId')) {
      const items = [{ tenantId: 'globex', cell: '1' }].filter(({ tenantId }) => tenantId === query.get('tenantId'));
      return { status: 200, body: { items, nextCursor: null } };
    }
    return query.has('cursor')
      ? { status: 200, body: { items: [{ tenantId: 'globex', cell: '1' }], nextCursor: null } }
      : { status: 200, body: { items: [{ tenantId: 'acme', cell: '0' }], nextCursor: 'more' } };
  };
});
beforeEach(() => void requests.splice(0));
afterAll(() => server.stop());

const run = (argv: string[], env: Record<string, string> = {}) =>
  carillon(['cells', ...argv], {
    env: { PREFERENCES_URL: url, CARILLON_TOKEN: 'operator', KAFKA_BROKERS: '127.0.0.1:9', ...env },
  });

describe('carillon cells list', () => {
  test('shows the cell of each tenant, page after page, for people and as JSON', async () => {
    expect(await run(['list'])).toEqual({ code: 0, err: '', out: 'TENANT  CELL\nacme    0\nglobex  1\n' });
    expect(requests.map((one) => one.url)).toEqual(['/v1/cells?limit=200', '/v1/cells?limit=200&cursor=more']);
    const one = await run(['list', '--tenant', 'globex', '--json']);
    expect(JSON.parse(one.out)).toEqual({ tenantId: 'globex', cell: '1' });
  });

  test('says which role it lacks', async () => {
    const said = await run(['list'], { CARILLON_TOKEN: 'admin' });
    expect(said).toMatchObject({ code: 1, err: expect.stringContaining('CARILLON_TOKEN needs the role operator') });
  });
});

describe('carillon cells move refuses, before it changes anything,', () => {
  const databases = {
    CELL_0_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/zero',
    CELL_1_DATABASE_URL: 'postgres://nobody@127.0.0.1:9/one',
  };

  test.each<[string, string[], Record<string, string>, string]>([
    ['a cell that can have no such id', ['globex', '--to', 'Two'], databases, 'Two is no id of a cell'],
    ['without the database of the new cell', ['globex', '--to', '2'], databases, 'set CELL_2_DATABASE_URL'],
    [
      'without the database of the old cell',
      ['globex', '--to', '0'],
      { CELL_0_DATABASE_URL: 'x' },
      'set CELL_1_DATABASE_URL',
    ],
    ['a tenant that nobody knows', ['initech', '--to', '1'], databases, 'does not know a tenant initech'],
    ['a file that names the new cell already', ['globex', '--to', '1'], databases, 'leaves with --from'],
    ['without a cell to go to', ['globex'], databases, "required option '--to <cell>' not specified"],
  ])('%s', async (_what, argv, env, sentence) => {
    expect(await run(['move', ...argv], env)).toMatchObject({ code: 2, err: expect.stringContaining(sentence) });
  });
});
