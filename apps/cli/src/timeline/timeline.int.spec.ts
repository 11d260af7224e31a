import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { carillon } from '../testing/test-terminal.ts';

const answer = {
  ...{
    notificationId: '5b9c6b1e-0000-5000-8000-000000000001',
    tenantId: 'acme',
    source: '/acme/reports',
    id: 'r-1',
    type: 'report.ready',
  },
  ...{
    title: 'Report ready',
    priority: 'urgent',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    receivedAt: '2026-11-22T10:00:00.000Z',
  },
  decisions: [
    {
      ...{
        recipient: 'member:ada',
        verdict: 'send',
        mode: { kind: 'now' },
        reasons: [{ code: 'default', detail: 'slack' }],
      },
      deliveries: [
        {
          ...{
            deliveryId: 'd-1',
            destination: { kind: 'dm', teamId: 'T1' },
            state: 'delivered',
            outcome: 'delivered',
            possibleDuplicate: true,
          },
          attempts: [
            {
              n: 1,
              at: '2026-11-22T10:00:00.100Z',
              latencyMs: 31,
              result: 'failed',
              error: 'ratelimited',
              advice: 'Slack asks to wait.',
            },
            { n: 2, at: '2026-11-22T10:00:01.200Z', latencyMs: 44, result: 'ok', requestId: 'req-1' },
          ],
          slack: { teamId: 'T1', channel: 'D1', ts: '1.2' },
        },
      ],
    },
    {
      recipient: 'member:eve',
      verdict: 'suppress',
      reasons: [{ code: 'not_linked', sentence: 'Nobody in Slack is linked to this member.' }],
      deliveries: [],
    },
  ],
};

let respond: (request: IncomingMessage) => { status: number; body: unknown };
const requests: { url: string; authorization?: string }[] = [];
let server: Server;
let url: string;
let folder: string;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests.push({
      url: request.url!,
      ...(request.headers.authorization ? { authorization: request.headers.authorization } : {}),
    });
    const { status, body } = respond(request);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'carillon-cli-'));
  mkdirSync(join(folder, '.carillon'));
  mkdirSync(join(folder, 'apps'));
  writeFileSync(
    join(folder, '.carillon', 'playground.json'),
    JSON.stringify({ issuer: { url }, services: { delivery: url }, tenant: { id: 'acme' }, pids: {} }),
  );
});

beforeEach(() => {
  requests.length = 0;
  respond = (request) =>
    request.url === '/token' ? { status: 200, body: { access_token: 'from-issuer' } } : { status: 200, body: answer };
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe('carillon timeline', () => {
  test('shows each decision with its reasons, attempts and outcome', async () => {
    const said = await carillon(['timeline', answer.notificationId], {
      env: { DELIVERY_URL: url, CARILLON_TOKEN: 'mine' },
    });
    expect(said.code).toBe(0);
    expect(said.out).toBe(`notification  5b9c6b1e-0000-5000-8000-000000000001
what          report.ready  “Report ready”  urgent
from          /acme/reports  r-1  (tenant acme)
received      2026-11-22T10:00:00.000Z
trace         0af7651916cd43dd8448eb211c80319c

member:ada  send, now
  because default: slack
  delivered  T1/D1 ts 1.2  may be there twice  delivery d-1
    #1  2026-11-22T10:00:00.100Z  31 ms  failed  ratelimited  Slack asks to wait.
    #2  2026-11-22T10:00:01.200Z  44 ms  ok  request req-1

member:eve  suppress
  because Nobody in Slack is linked to this member. (not_linked)
`);
    expect(requests).toEqual([{ url: `/v1/notifications/${answer.notificationId}`, authorization: 'Bearer mine' }]);
  });

  test('finds delivery and a token in the playground above the folder', async () => {
    const said = await carillon(['timeline', '--source', '/acme/reports', '--id', 'r-1', '--json'], {
      cwd: join(folder, 'apps'),
    });
    expect(JSON.parse(said.out)).toEqual(answer);
    expect(requests.map((request) => request.url)).toEqual([
      '/token',
      '/v1/notifications?source=%2Facme%2Freports&id=r-1',
    ]);
    expect(requests[1]!.authorization).toBe('Bearer from-issuer');
  });

  test('waits until everything has an outcome', async () => {
    let asked = 0;
    respond = () => (++asked < 3 ? { status: 404, body: { title: 'Not Found' } } : { status: 200, body: answer });
    const said = await carillon(['timeline', answer.notificationId, '--wait', '10'], {
      env: { DELIVERY_URL: url, CARILLON_TOKEN: 'mine' },
    });
    expect(said.code).toBe(0);
    expect(asked).toBe(3);
  });

  test('a notification that addresses nobody is over, and says why', async () => {
    respond = () => ({
      status: 200,
      body: { ...answer, decisions: [], reasons: [{ code: 'nobody', sentence: 'The request names nobody.' }] },
    });
    const said = await carillon(['timeline', answer.notificationId, '--wait', '10'], {
      env: { DELIVERY_URL: url, CARILLON_TOKEN: 'mine' },
    });
    expect(said).toMatchObject({
      code: 0,
      out: expect.stringContaining('nobody is told\n  because The request names nobody. (nobody)\n'),
    });
  });

  test('tells how often another content came under the same id', async () => {
    respond = () => ({
      status: 200,
      body: {
        ...answer,
        refused: [
          {
            code: 'id_reused',
            sentence: 'The first content stands.',
            times: 3,
            firstAt: answer.receivedAt,
            lastAt: answer.receivedAt,
          },
        ],
      },
    });
    const said = await carillon(['timeline', answer.notificationId], {
      env: { DELIVERY_URL: url, CARILLON_TOKEN: 'mine' },
    });
    expect(said.out).toContain(`refused 3 times, last ${answer.receivedAt}: The first content stands. (id_reused)`);
  });

  test.each([
    [{ status: 404, body: {} }, /does not know this notification.*--wait/],
    [{ status: 403, body: { detail: 'needs role admin' } }, /refuses this token \(status 403: needs role admin\)/],
    [{ status: 500, body: { title: 'Internal Server Error' } }, /answered 500: Internal Server Error/],
    [{ status: 200, body: { hello: 1 } }, /no timeline/],
  ])('explains %j', async (reply, words) => {
    respond = () => reply;
    const said = await carillon(['timeline', 'x'], { env: { DELIVERY_URL: url, CARILLON_TOKEN: 'mine' } });
    expect(said).toMatchObject({ code: 1, out: '' });
    expect(said.err).toMatch(words);
  });

  test('says when delivery is not there', async () => {
    const said = await carillon(['timeline', 'x'], {
      env: { DELIVERY_URL: 'http://127.0.0.1:9', CARILLON_TOKEN: 'mine' },
    });
    expect(said.err).toMatch(/^carillon: http:\/\/127\.0\.0\.1:9 does not answer/);
  });

  test('asks for an id or a source with an id', async () => {
    expect(await carillon(['timeline', '--source', 's'])).toMatchObject({
      code: 2,
      err: 'carillon: which notification? Give its id, or both --source and --id\n',
    });
  });
});
