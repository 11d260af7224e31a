// The command against a service that answers as preferences does.
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { JsonServer } from '../testing/json-server.ts';
import { carillon } from '../testing/test-terminal.ts';

const report = { name: 'report.ready', title: 'Report ready', category: 'reports', channels: ['slack'] };
const alert = {
  ...{ name: 'security.alert', title: 'Alert\u001b[31m', category: 'security', channels: ['slack', 'email'] },
  ...{ cadence: 'immediate', mutable: false, emailFallback: true, schema: { properties: { score: {}, owner: {} } } },
};
const quiet = { name: 'z.quiet', title: 'Quiet', category: 'z', channels: [], cadence: 'daily', mutable: true };

const server = new JsonServer();
let env: Record<string, string>;

beforeAll(async () => {
  env = { PREFERENCES_URL: `${await server.start()}/`, CARILLON_TOKEN: 'mine' };
  server.reply = ({ url }) => ({
    status: 200,
    body: url.includes('cursor=')
      ? { items: [quiet], nextCursor: null }
      : { items: [report, alert], nextCursor: 'a b' },
  });
});
afterAll(() => server.stop());

test('every page of the catalogue is one table, safe for a terminal', async () => {
  const said = await carillon(['types'], { env });
  expect(said).toEqual({
    code: 0,
    err: '',
    out: `TYPE            TITLE            CATEGORY  CHANNELS      DATA          NOTES
report.ready    Report ready     reports   slack         any
security.alert  Alert\\u{1b}[31m  security  slack, email  score, owner  always sent; e-mail where Slack cannot reach the member
z.quiet         Quiet            z         off           any           daily digest
`,
  });
  expect(server.requests.map(({ url, authorization }) => [url, authorization])).toEqual([
    ['/v1/types?limit=200', 'Bearer mine'],
    ['/v1/types?limit=200&cursor=a+b', 'Bearer mine'],
  ]);
});

test('--json repeats each type as preferences answers it, one per line', async () => {
  const { out } = await carillon(['types', '--json'], { env });
  expect(
    out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual([report, alert, quiet]);
});

test('says what is missing, and which roles a token needs', async () => {
  expect(await carillon(['types'])).toMatchObject({
    code: 2,
    err: 'carillon: the URL of preferences is unknown: set PREFERENCES_URL, or start the playground with `npm start`\n',
  });
  expect(await carillon(['types'], { env: { PREFERENCES_URL: env['PREFERENCES_URL']! } })).toMatchObject({
    code: 2,
    err: expect.stringContaining('no access token: set CARILLON_TOKEN') as unknown,
  });
  server.reply = () => ({ status: 403, body: { detail: 'the token has no role' } });
  expect(await carillon(['types'], { env })).toMatchObject({
    code: 1,
    err: 'carillon: preferences answered 403: the token has no role; CARILLON_TOKEN needs a role of a tenant\n',
  });
});
