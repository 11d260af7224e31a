import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JsonServer } from '../testing/json-server.ts';
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
        summary: 'delivered',
        decidedAt: '2026-11-22T10:00:00.020Z',
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
            endedAt: '2026-11-22T10:00:01.250Z',
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
      summary: 'suppressed: no such member is known',
      decidedAt: '2026-11-22T10:00:00.020Z',
      reasons: [
        { code: 'addressed', sentence: 'The request names this recipient.' },
        { code: 'unknown_member', sentence: 'No such member is known.' },
      ],
      deliveries: [],
    },
  ],
};

const server = new JsonServer();
let url: string;
let folder: string;

beforeAll(async () => {
  url = await server.start();
  folder = mkdtempSync(join(tmpdir(), 'carillon-cli-'));
  mkdirSync(join(folder, '.carillon'));
  mkdirSync(join(folder, 'apps'));
  writeFileSync(
    join(folder, '.carillon', 'playground.json'),
    JSON.stringify({ issuer: { url }, services: { delivery: url }, tenant: { id: 'acme' }, pids: {} }),
  );
});

beforeEach(() => {
  server.requests.length = 0;
  server.reply = (request) =>
    request.url === '/token' ? { status: 200, body: { access_token: 'from-issuer' } } : { status: 200, body: answer };
});

afterAll(() => {
  server.stop();
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

member:ada  delivered
  10:00:00.020Z   +0.0 s  decision   send, now; default: slack
  10:00:00.100Z   +0.1 s  attempt 1  failed: ratelimited; 31 ms; Slack asks to wait.
  10:00:00.131Z   +0.1 s  wait       1.1 s until attempt 2; after ratelimited
  10:00:01.200Z   +1.2 s  attempt 2  ok; 44 ms; request req-1
  10:00:01.250Z   +1.3 s  delivered  T1/D1 ts 1.2; possible duplicate; delivery d-1

member:eve  suppressed: no such member is known
  10:00:00.020Z   +0.0 s  decision   suppress; No such member is known (unknown_member); The request names this recipient (addressed)
`);
    expect(server.requests).toMatchObject([
      { url: `/v1/notifications/${answer.notificationId}`, authorization: 'Bearer mine' },
    ]);
  });

  test('finds delivery and a token in the playground above the folder', async () => {
    const said = await carillon(['timeline', '--source', '/acme/reports', '--id', 'r-1', '--json'], {
      cwd: join(folder, 'apps'),
    });
    expect(JSON.parse(said.out)).toEqual(answer);
    expect(server.requests.map((request) => request.url)).toEqual([
      '/token',
      '/v1/notifications?source=%2Facme%2Freports&id=r-1',
    ]);
    expect(server.requests[1]!.authorization).toBe('Bearer from-issuer');
  });

  test('what waits has the reason and the time so far in one line', async () => {
    const [ada] = answer.decisions;
    const attempts = ada!.deliveries[0]!.attempts.slice(0, 1);
    const waiting = { deliveryId: 'd-1', state: 'ready', waitingFor: 'its turn in lane T1', attempts };
    const summary = 'waits for its turn in lane T1';
    server.reply = () => ({
      status: 200,
      body: { ...answer, decisions: [{ ...ada, summary, deliveries: [waiting] }] },
    });
    const said = await carillon(['timeline', answer.notificationId], {
      env: { DELIVERY_URL: url, CARILLON_TOKEN: 'mine' },
    });
    expect(said.out).toContain('member:ada  waits for its turn in lane T1\n');
    expect(said.out).toMatch(
      /\n {2}\S+ \d\d:\d\d:\d\d\.\d{3}Z +\+[\d.]+ d {2}ready {6}waits for its turn in lane T1; delivery d-1\n/,
    );
  });

  test('waits until everything has an outcome', async () => {
    let asked = 0;
    server.reply = () => (++asked < 3 ? { status: 404, body: { title: 'Not Found' } } : { status: 200, body: answer });
    const said = await carillon(['timeline', answer.notificationId, '--wait', '10'], {
      env: { DELIVERY_URL: url, CARILLON_TOKEN: 'mine' },
    });
    expect(said.code).toBe(0);
    expect(asked).toBe(3);
  });

  test('a notification that addresses nobody is over, and says why', async () => {
    server.reply = () => ({
      status: 200,
      body: { ...answer, decisions: [], reasons: [{ code: 'nobody', sentence: 'The request names nobody.' }] },
    });
    const said = await carillon(['timeline', answer.notificationId, '--wait', '10'], {
      env: { DELIVERY_URL: url, CARILLON_TOKEN: 'mine' },
    });
    expect(said).toMatchObject({
      code: 0,
      out: expect.stringContaining('nobody is addressed\n  The request names nobody (nobody)\n'),
    });
  });

  test('tells how often another content came under the same id', async () => {
    server.reply = () => ({
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
    expect(said.out).toContain(`refused 3 times, last ${answer.receivedAt}: The first content stands (id_reused)`);
  });

  test.each([
    [{ status: 404, body: {} }, /does not know this notification.*--wait/],
    [
      { status: 403, body: { detail: 'needs role admin' } },
      /delivery answered 403: needs role admin; CARILLON_TOKEN needs the tenant's role admin/,
    ],
    [{ status: 500, body: { title: 'Internal Server Error' } }, /answered 500: Internal Server Error/],
    [{ status: 200, body: { hello: 1 } }, /answer of delivery .* has an unknown shape/],
  ])('explains %j', async (reply, words) => {
    server.reply = () => reply;
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
      err: 'carillon: name the notification: its id, or both --source and --id\n',
    });
  });
});
