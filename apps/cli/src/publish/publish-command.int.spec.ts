import { notificationRequest } from '@carillon/domain';
import { describe, expect, test } from '@jest/globals';
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
    for (const line of [
      '  title: is missing',
      '  to[0].membr: unknown field',
      '  titel: unknown field',
      '  priority: ',
    ])
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
    const said = await carillon(['publish', '--tenant', 'acme', '--type', 't', '--title', 'x', '--timeout', '0.3'], {
      env,
    });
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

  test('--help shows examples', async () => {
    const said = await carillon(['publish', '--help']);
    expect(said.code).toBe(0);
    expect(said.out).toContain('$ carillon publish --tenant acme');
  });
});
