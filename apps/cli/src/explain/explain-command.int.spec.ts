// The command against a service that answers as preferences does.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { JsonServer } from '../testing/json-server.ts';
import { carillon } from '../testing/test-terminal.ts';

const addressed = { code: 'addressed', sentence: 'The request names this recipient.', advice: 'Nothing.' };
const paused = {
  ...{ code: 'paused', sentence: 'The member paused all notifications.' },
  advice: 'Wait until the pause ends.',
};
const send = {
  ...{ verdict: 'send', mode: { kind: 'later', notBefore: '2026-11-30T06:00:00Z' }, reasons: [addressed] },
  destinations: [{ kind: 'slack', surface: 'dm', installationId: 'main', teamId: 'T1' }],
};
const suppress = { verdict: 'suppress', mode: { kind: 'now' }, destinations: [], reasons: [addressed, paused] };
const explained = {
  type: 'report.ready',
  content: { title: 'Report \u001b[31mready', body: 'Sales: 42' },
  recipients: [
    { recipient: 'member:ada', ...send },
    { recipient: 'member:bob', ...suppress },
  ],
  reasons: [],
};
const notificationId = '5b9c6b1e-0000-5000-8000-000000000001';
const past = {
  ...{ notificationId, type: 'report.ready', title: 'Report ready', receivedAt: '2026-11-26T09:00:00.000Z' },
  reasons: [],
  recipients: [
    {
      recipient: 'member:ada',
      then: { ...suppress, summary: 'suppressed', decidedAt: '2026-11-26T09:00:00.100Z' },
      ...{ now: send, changed: true },
    },
    {
      recipient: 'member:bob',
      then: { ...send, decidedAt: '2026-11-26T09:00:00.100Z', destinations: undefined },
      ...{ now: send, changed: false },
    },
    { recipient: 'member:cyd', then: { ...suppress, decidedAt: null }, now: null, changed: false },
  ],
};

const server = new JsonServer();
let folder: string;
let env: Record<string, string>;
beforeAll(async () => {
  env = { PREFERENCES_URL: await server.start(), CARILLON_TOKEN: 'mine' };
  folder = mkdtempSync(join(tmpdir(), 'carillon-explain-'));
});
beforeEach(() => {
  server.requests.length = 0;
  server.reply = ({ method }) => ({ status: 200, body: method === 'POST' ? explained : past });
});
afterAll(() => {
  server.stop();
  rmSync(folder, { recursive: true });
});
const bodies = (): unknown[] => server.requests.map(({ body }) => JSON.parse(body) as unknown);
const flags = ['--type', 'report.ready', '--to', 'ada', '--title', 'Report ready'];

describe('of a notification that is not sent', () => {
  test('shows each recipient with every reason, and what to do where one is not told', async () => {
    expect(await carillon(['explain', ...flags, '--tenant', 'acme', '--source', '/acme/reports'], { env })).toEqual({
      code: 0,
      err: '',
      out: `what  report.ready  “Report \\u{1b}[31mready”
text  Sales: 42

member:ada
  send, later notBefore=2026-11-30T06:00:00Z
  to slack surface=dm installationId=main teamId=T1
  because The request names this recipient (addressed)

member:bob
  suppress, now
  because The request names this recipient (addressed)
  because The member paused all notifications (paused)
    to do: Wait until the pause ends.
`,
    });
    expect(server.requests).toMatchObject([{ method: 'POST', url: '/v1/explain', authorization: 'Bearer mine' }]);
    expect(bodies()).toEqual([
      {
        ...{ tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title: 'Report ready' },
        source: '/acme/reports',
      },
    ]);
  });

  test('takes one or several from a file or standard input, with what they say of source and id', async () => {
    const event = { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], source: '/acme/x', id: 'r-1' };
    const file = join(folder, 'event.json');
    writeFileSync(file, JSON.stringify([event, { ...event, id: 'r-2' }]));
    const said = await carillon(['explain', '--file', file, '--title', 'Now'], { env });
    expect(said.out.match(/^what /gm)).toHaveLength(2);
    await carillon(['explain', '--file', '-'], { env, stdin: JSON.stringify(event) });
    expect(bodies()).toEqual([{ ...event, title: 'Now' }, { ...event, title: 'Now', id: 'r-2' }, event]);
  });

  test('--json is the answer as it came', async () => {
    expect(JSON.parse((await carillon(['explain', ...flags, '--json'], { env })).out)).toEqual(explained);
  });

  test('says why nobody is addressed', async () => {
    const reasons = [{ code: 'nobody', sentence: 'The request names nobody.', advice: 'Name recipients in `to`.' }];
    server.reply = () => ({ status: 200, body: { ...explained, recipients: [], reasons } });
    expect((await carillon(['explain', ...flags], { env })).out).toContain(
      'nobody is addressed\n  because The request names nobody (nobody)\n    to do: Name recipients in `to`.\n',
    );
  });

  test('a field that is wrong is named, with exit status 2', async () => {
    const errors = [{ path: 'to[0].member', message: 'is too long' }];
    server.reply = () => ({ status: 400, body: { title: 'Bad Request', detail: 'not valid: to[0].member', errors } });
    expect(await carillon(['explain', ...flags], { env })).toEqual({
      code: 2,
      out: '',
      err: 'carillon: preferences answered 400: not valid: to[0].member\n  to[0].member: is too long\n',
    });
  });
});

describe('of one that was published', () => {
  test('shows what was decided then, and what would be decided now', async () => {
    const said = await carillon(['explain', notificationId], { env });
    expect(said).toEqual({
      code: 0,
      err: '',
      out: `notification  ${notificationId}
what          report.ready  “Report ready”
received      2026-11-26T09:00:00.000Z

member:ada
  then  suppress, now, at 2026-11-26T09:00:00.100Z
        because The request names this recipient (addressed)
        because The member paused all notifications (paused)
          to do: Wait until the pause ends.
  now   send, later notBefore=2026-11-30T06:00:00Z
        to slack surface=dm installationId=main teamId=T1
        because The request names this recipient (addressed)

member:bob
  then  send, later notBefore=2026-11-30T06:00:00Z, at 2026-11-26T09:00:00.100Z
        because The request names this recipient (addressed)
  now   the same

member:cyd
  then  suppress, now
        because The request names this recipient (addressed)
        because The member paused all notifications (paused)
          to do: Wait until the pause ends.
  now   cannot be decided again: its type or its recipient is not known any more
`,
    });
    expect(server.requests).toMatchObject([{ method: 'GET', url: `/v1/notifications/${notificationId}/explain` }]);
  });

  test('--json is the answer as it came', async () => {
    const { out } = await carillon(['explain', notificationId, '--json'], { env });
    expect(JSON.parse(out)).toEqual(JSON.parse(JSON.stringify(past)));
  });

  test.each([
    [{ status: 404, body: {} }, /no such notification is known/],
    [{ status: 403, body: { detail: 'needs role admin' } }, /CARILLON_TOKEN needs the tenant's role admin/],
    [{ status: 503, body: { detail: 'delivery gave no answer; try again' } }, /503: delivery gave no answer/],
    [{ status: 200, body: { hello: 1 } }, /has an unknown shape/],
  ])('explains %j', async (reply, words) => {
    server.reply = () => reply;
    const said = await carillon(['explain', notificationId], { env });
    expect(said).toMatchObject({ code: 1, out: '', err: expect.stringMatching(words) });
  });
});

test.each([[[]], [['--tenant', 'acme']], [[notificationId, '--type', 'report.ready']]])(
  '%j names no notification, or two: exit status 2 and nothing is asked',
  async (args) => {
    const said = await carillon(['explain', ...args], { env });
    expect(said).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringMatching(/^carillon: name (a|one) notification:/),
    });
    expect(server.requests).toEqual([]);
  },
);
