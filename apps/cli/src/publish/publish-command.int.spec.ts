import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notificationRequest } from '@carillon/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JsonServer } from '../testing/json-server.ts';
import { carillon } from '../testing/test-terminal.ts';
import { audienceFrom, requestFrom } from './request-from.ts';

describe('requestFrom', () => {
  test('flags make a request that the domain accepts', () => {
    const request = requestFrom({
      ...{
        tenant: 'acme',
        type: 'report.ready',
        to: ['ada', 'email:x@acme.test'],
        title: 'Ready',
        body: '*42*',
        link: 'https://app.example/r/1',
      },
      ...{
        linkLabel: 'Open',
        fact: ['Sales=42=ok'],
        data: '{"score":1}',
        priority: 'urgent',
        sequence: '3',
        threadKey: 't',
      },
    });
    expect(notificationRequest.parse(request)).toEqual({
      ...{
        tenantId: 'acme',
        type: 'report.ready',
        to: [{ member: 'ada' }, { email: 'x@acme.test' }],
        title: 'Ready',
        body: '*42*',
      },
      ...{
        link: { url: 'https://app.example/r/1', label: 'Open' },
        facts: [{ label: 'Sales', value: '42=ok' }],
        data: { score: 1 },
      },
      ...{ priority: 'urgent', sequence: 3, threadKey: 't' },
    });
  });

  test('flags win over the file', () => {
    expect(requestFrom({ title: 'new' }, { title: 'old', tenantId: 'acme' })).toEqual({
      title: 'new',
      tenantId: 'acme',
    });
  });

  test.each([
    ['ada', { member: 'ada' }],
    ['member:ada', { member: 'ada' }],
    ['channel:C1', { channel: 'C1' }],
    ['channel:C1@sales', { channel: 'C1', installation: 'sales' }],
    ['members:ada,bob', { members: ['ada', 'bob'] }],
    ['workflow', { workflow: true }],
  ])('--to %s is understood', (text, audience) => expect(audienceFrom(text)).toEqual(audience));
});

describe('carillon publish', () => {
  const env = { KAFKA_BROKERS: '127.0.0.1:9' };

  test('names every wrong field and sends nothing', async () => {
    const said = await carillon(['publish', '--file', '-', '--priority', 'high'], {
      env,
      stdin: '{"tenantId":"acme","type":"t","titel":"x","to":[{"membr":"ada"}]}',
    });
    expect(said.code).toBe(2);
    expect(said.out).toBe('');
    for (const line of ['  to[0].membr: unknown field', '  titel: unknown field; did you mean title?', '  priority: '])
      expect(said.err).toContain(line);
  });

  test.each([
    [
      ['--expires-at', '2026-11-26T18:00:00'],
      '  expiresAt: has no offset from UTC: add an offset, e.g. 2026-11-26T18:00:00Z\n',
    ],
    [['--to', 'email:ada'], '  to[0].email: must be an e-mail address such as ada@example.com\n'],
    [['--link', 'app.example'], '  link.url: must be a whole http or https URL\n'],
  ])('%j: says the fix', async (flags, line) => {
    const argv = ['publish', '--tenant', 'acme', '--type', 't', '--title', 'x', ...flags];
    expect(await carillon(argv, { env })).toMatchObject({ code: 2, err: expect.stringContaining(line) as unknown });
  });

  test('says in one sentence what is missing to reach Kafka', async () => {
    const said = await carillon(['publish', '--tenant', 'acme', '--type', 't', '--title', 'x']);
    expect(said).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^carillon: where is Kafka\? Set KAFKA_BROKERS/) as unknown,
    });
  });

  test('says when Kafka does not answer', async () => {
    const said = await carillon(
      ['publish', '--tenant', 'acme', '--type', 't', '--title', 'x', '--no-check', '--timeout', '0.3'],
      {
        env,
      },
    );
    expect(said).toMatchObject({ code: 1, err: 'carillon: Kafka at 127.0.0.1:9 did not acknowledge within 0.3 s\n' });
  });

  test.each([
    [['publish', '--to', 'slack:U1'], /begin with member:, email:/],
    [['publish', '--fact', 'x'], /write label=value/],
    [['publish', '--data', '{'], /--data is not JSON/],
    [['publish', '--file', 'no-such-file.json'], /no-such-file.json can't be read/],
    [['publish', '--nonsense'], /unknown option '--nonsense'/],
    [['nonsense'], /unknown command 'nonsense'/],
  ])('%j is a wrong call and says so', async (argv, words) => {
    const said = await carillon(argv, { env });
    expect(said.code).toBe(2);
    expect(said.err).toMatch(words);
  });

  describe('and the catalogue', () => {
    const schema = { properties: { score: {}, owner: {} }, required: ['score'], additionalProperties: false };
    const types = [
      { name: 'report.ready', title: 'Ready' },
      { name: 'report.read', title: 'Read', template: {} },
      { name: 'score.changed', title: 'Changed', schema },
    ];
    const server = new JsonServer();
    let url: string;
    const publish = (requests: object, flags: string[] = []) =>
      carillon(['publish', '--file', '-', '--url', url, '--timeout', '0.1', ...flags], {
        env: { ...env, CARILLON_TOKEN: 'mine' },
        stdin: JSON.stringify(requests),
      });

    beforeAll(async () => (url = await server.start()));
    beforeEach(() => {
      server.requests.length = 0;
      server.reply = ({ url }) => ({
        status: 200,
        body: url.includes('cursor=')
          ? { items: types.slice(1), nextCursor: null }
          : { items: types.slice(0, 1), nextCursor: 'next' },
      });
    });
    afterAll(() => server.stop());

    test('unknown types and names are all told before anything is sent, with names that are close', async () => {
      const said = await publish([
        { tenantId: 'acme', type: 'report.redy', title: 'x' },
        { tenantId: 'acme', type: 'score.changed', title: 'x', data: { scor: 1 } },
        { tenantId: 'acme', type: 'report.ready' },
        { tenantId: 'acme', type: 'report.read' },
        { tenantId: 'acme', type: 'invoice.paid', titel: 'x' },
      ]);
      expect(said).toEqual({
        code: 2,
        out: '',
        err: `carillon: nothing was published, 6 fields are wrong:
  [0].type: no type report.redy is in the catalogue; did you mean report.ready or report.read?
  [1].data.score: is missing; the type score.changed requires it
  [1].data.scor: unknown field of the type score.changed; did you mean score?
  [2].title: is missing; the type report.ready has no template
  [4].titel: unknown field; did you mean title?
  [4].type: no type invoice.paid is in the catalogue
`,
      });
      expect(server.requests.map(({ url, authorization }) => [url, authorization])).toEqual([
        ['/v1/types?limit=200', 'Bearer mine'],
        ['/v1/types?limit=200&cursor=next', 'Bearer mine'],
      ]);
    });

    const unsent = 'carillon: Kafka at 127.0.0.1:9 did not acknowledge within 0.1 s\n';

    test('what the catalogue knows is sent; --no-check asks nobody', async () => {
      expect(await publish({ tenantId: 'acme', type: 'report.ready', title: 'x' })).toMatchObject({ err: unsent });
      server.requests.length = 0;
      const unknown = { tenantId: 'acme', type: 'no.such', title: 'x' };
      expect(await publish(unknown, ['--no-check'])).toMatchObject({ err: unsent });
      expect(server.requests).toEqual([]);
    });

    test('where preferences cannot be asked a warning says why, and it is sent', async () => {
      server.reply = () => ({ status: 403, body: { detail: 'the token has no role' } });
      expect(await publish({ tenantId: 'acme', type: 'no.such', title: 'x' })).toMatchObject({
        code: 1,
        err: `carillon: not compared with the catalogue (--no-check leaves it out): preferences answered 403: the token has no role; CARILLON_TOKEN needs a role of a tenant\n${unsent}`,
      });
    });

    test("with a playground's issuer an unknown tenant is told too, with those that are close", async () => {
      const folder = mkdtempSync(join(tmpdir(), 'carillon-'));
      mkdirSync(join(folder, '.carillon'));
      const state = { issuer: { url }, services: { preferences: url }, tenant: { id: 'acme' } };
      writeFileSync(join(folder, '.carillon', 'playground.json'), JSON.stringify(state));
      server.reply = ({ url }) => ({
        status: 200,
        body:
          url === '/token'
            ? { access_token: 'fetched' }
            : { items: url.startsWith('/v1/cells') ? [{ tenantId: 'acme', cell: '0' }] : types, nextCursor: null },
      });
      try {
        const argv = ['publish', '--tenant', 'acmee', '--type', 'report.ready', '--title', 'x'];
        expect(await carillon(argv, { env, cwd: folder })).toMatchObject({
          code: 2,
          err: expect.stringContaining('  tenantId: no tenant acmee is declared; did you mean acme?\n') as unknown,
        });
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });

  test('--help shows examples', async () => {
    const said = await carillon(['publish', '--help']);
    expect(said.code).toBe(0);
    expect(said.out).toContain('$ carillon publish --tenant acme');
  });
});
