// The command against services that answer as theirs do.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JsonServer } from '../testing/json-server.ts';
import { carillon } from '../testing/test-terminal.ts';

const item = {
  id: '4711',
  topic: 'carillon.notification.outcome.v1',
  key: 'k',
  bytes: 1_200_000,
  state: 'set_aside',
  reason: 'too large',
  createdAt: '2026-01-01T00:00:00.000Z',
};
const server = new JsonServer();
const { requests } = server;
let url: string;

beforeAll(async () => {
  url = await server.start();
  server.reply = ({ method, url: path, authorization }) => {
    if (authorization !== 'Bearer operator')
      return { status: 403, body: { title: 'Forbidden', detail: 'needs one of the roles operator' } };
    if (method === 'POST') return { status: 200, body: { retried: 2 } };
    if (path.includes('cursor')) return { status: 200, body: { items: [{ ...item, id: '4712' }], nextCursor: null } };
    return { status: 200, body: { items: [item], nextCursor: 'more' } };
  };
});
beforeEach(() => void requests.splice(0));
afterAll(() => server.stop());

const env = () => ({ DELIVERY_URL: url, CARILLON_TOKEN: 'operator' });

describe('carillon outbox', () => {
  test('lists what is set aside, page after page, for people and as JSON', async () => {
    const shown = await carillon(['outbox', 'list'], { env: env() });
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.out).toMatch(
      /delivery +4711 +carillon.notification.outcome.v1 +1200000 +2026-01-01T00:00:00.000Z +too large\ndelivery +4712/,
    );
    expect(requests.map((one) => one.url)).toEqual([
      '/v1/outbox?state=set_aside&limit=50',
      '/v1/outbox?state=set_aside&limit=49&cursor=more',
    ]);
    const json = await carillon(['outbox', 'list', '--service', 'delivery', '--limit', '1', '--topic', 't', '--json'], {
      env: env(),
    });
    expect(JSON.parse(json.out)).toEqual({ service: 'delivery', ...item });
  });

  test('retries ids of one service, a topic, or all', async () => {
    expect(await carillon(['outbox', 'retry', '--service', 'delivery', '4711', '4712'], { env: env() })).toEqual({
      code: 0,
      out: 'delivery: 2\n',
      err: '2 records are in the queue again\n',
    });
    await carillon(['outbox', 'retry', '--topic', 't'], { env: env() });
    const all = await carillon(['outbox', 'retry', '--all', '--json'], { env: env() });
    expect(JSON.parse(all.out)).toEqual({ service: 'delivery', retried: 2 });
    expect(requests.map((one) => JSON.parse(one.body) as unknown)).toEqual([
      { ids: ['4711', '4712'] },
      { topic: 't' },
      { all: true },
    ]);
  });

  test.each([
    [['retry'], 'name the records'],
    [['retry', '1', '--all'], 'name the records'],
    [['retry', '1'], '--service'],
    [['list', '--service', 'nobody'], 'must be one of'],
    [['list', '--limit', 'x'], '--limit'],
    [['list', '--state', 'x'], '--state'],
  ])('%j is a wrong call, and nobody is asked', async (argv, why) => {
    expect(await carillon(['outbox', ...argv], { env: env() })).toMatchObject({
      code: 2,
      err: expect.stringContaining(why) as unknown,
    });
    expect(requests).toEqual([]);
  });

  test('says which service refuses, which does not answer, and what to set where nothing is known', async () => {
    expect(await carillon(['outbox', 'list'], { env: { ...env(), CARILLON_TOKEN: 'x' } })).toMatchObject({
      code: 1,
      err: expect.stringContaining('delivery answered 403') as unknown,
    });
    expect(await carillon(['outbox', 'list'], { env: { ...env(), DELIVERY_URL: 'http://127.0.0.1:1' } })).toMatchObject(
      { code: 1, err: expect.stringContaining('does not answer') as unknown },
    );
    expect(await carillon(['outbox', 'list'], { env: {} })).toMatchObject({
      code: 2,
      err: expect.stringContaining('DELIVERY_URL') as unknown,
    });
  });
});
