// The command against an installation service that answers as ours does.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JsonServer } from '../testing/json-server.ts';
import { carillon } from '../testing/test-terminal.ts';

const server = new JsonServer();
let env: Record<string, string>;
let unreadable = 0;

beforeAll(async () => {
  env = { INSTALLATION_URL: await server.start(), CARILLON_TOKEN: 'operator' };
  server.reply = ({ method }) =>
    method === 'POST'
      ? { status: 200, body: { kid: 'k2', resealed: 3, unreadable } }
      : {
          status: 200,
          body: {
            items: [
              { kid: 'k1', rows: 3, known: false },
              { kid: 'k2', rows: 0, known: true },
            ],
          },
        };
});
afterAll(() => server.stop());

test('carillon keys list shows which keys are in use, and which tokens cannot be read', async () => {
  const { code, out } = await carillon(['keys', 'list'], { env });
  expect([code, out]).toEqual([0, expect.stringMatching(/k1 +3 +NO: tokens cannot be read\nk2 +0 +yes/)]);
});

test('carillon keys reseal tells how many were sealed, and fails where one does not open', async () => {
  expect(await carillon(['keys', 'reseal'], { env })).toMatchObject({
    code: 0,
    out: '3 tokens were sealed with k2, 0 do not open.\n',
  });
  unreadable = 1;
  expect(await carillon(['keys', 'reseal', '--json'], { env })).toMatchObject({
    code: 1,
    out: '{"kid":"k2","resealed":3,"unreadable":1}\n',
    err: expect.stringContaining('TOKEN_KEYS lacks a key'),
  });
});
