// What the routes of workflows promise, and that a notification is decided by them, with the whole service on a real
// broker and a real database.
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { notificationIdOf } from '@carillon/domain/ids';
import { until } from '../testing/private-topics.ts';
import { requestOf, RunningPreferences } from '../testing/running-preferences.ts';
import type { ShownWorkflow } from './workflow-body.ts';

jest.setTimeout(60_000);

const preferences = new RunningPreferences();
const resolved = preferences.seen(preferences.topics.resolved);
beforeAll(() => preferences.start());
afterAll(() => preferences.stop());

type Role = 'owner' | 'security_admin' | 'admin' | 'member' | 'product';

async function as(
  role: Role,
  method: string,
  path = '',
  body?: unknown,
  more: { tenantId?: string; etag?: string } = {},
) {
  const token = await preferences.issuer.token({
    memberId: 'olga',
    roles: [role],
    ...(more.tenantId && { tenantId: more.tenantId }),
  });
  return preferences.service.request(method, `/v1/workflows${path}`, {
    token,
    ...(more.etag && { headers: { 'if-match': more.etag } }),
    ...(body !== undefined && { body }),
  });
}

const workflow = (over: object = {}): object => ({
  name: `w ${randomUUID()}`,
  type: 'report.ready',
  when: 'data.score >= 100',
  tell: [{ channel: 'C1' }],
  ...over,
});
const made = async (over: object = {}): Promise<ShownWorkflow> =>
  (await as('owner', 'POST', '', workflow(over))).body as ShownWorkflow;

test('a workflow is created, changed and deleted, and of two changes that name one version one is refused', async () => {
  const one = await made();
  expect(one).toMatchObject({ enabled: true, order: 10, version: 1, updatedBy: 'olga' });
  const patched = await as('admin', 'PATCH', `/${one.id}`, { when: null, order: 5 }, { etag: '"1"' });
  expect(patched).toMatchObject({ status: 200, body: { order: 5, version: 2 } });
  expect(patched.body).not.toHaveProperty('when');
  expect((await as('admin', 'PATCH', `/${one.id}`, { order: 6 }, { etag: '"1"' })).status).toBe(412);
  const listed = (await as('admin', 'GET', '?limit=100')).body as { items: ShownWorkflow[] };
  expect(listed.items.map(({ id }) => id)).toContain(one.id);
  expect((await as('owner', 'DELETE', `/${one.id}`)).status).toBe(204);
  expect((await as('owner', 'GET', `/${one.id}`)).status).toBe(404);
});

test.each<[string, object]>([
  ['type', { type: 'no.such' }],
  ['when', { when: 'data.score >=' }],
  ['when', { when: 'data.score' }],
  ['when', { when: 'data.name.matches("(")' }],
  ['tell[0].path', { tell: [{ path: 'data.' }] }],
  ['mention', { mention: 'nope(' }],
  ['name', { name: '' }],
])('what does not compile is refused with the name of the field: %s', async (field, over) => {
  const given = { when: 'has(data.score) && data.score >= 100', ...over };
  const answer = await as('owner', 'POST', '', workflow(given));
  const [status, body] = [answer.status, answer.body as unknown];
  const conditionIsNoBool = field === 'when' && given.when === 'data.score';
  // Where the type has no schema, whether it is a bool is known only when it runs.
  if (conditionIsNoBool) expect([201, 400]).toContain(status);
  else expect([status, (body as { errors: { path: string }[] }).errors[0]?.path]).toEqual([400, field]);
  if (status === 201) await as('owner', 'DELETE', `/${(body as ShownWorkflow).id}`);
});

test('a workflow that does not fit its type any more shows why, can be turned off, and is checked where it changes', async () => {
  const put = async (version: number, of: 'number' | 'string'): Promise<void> => {
    const token = await preferences.issuer.token({ memberId: 'ops', roles: ['operator'], tenantId: null } as never);
    const schema = { type: 'object', properties: { score: { type: of } } };
    const body = { title: 'Rated', category: 'reports', version, schema };
    const { status } = await preferences.service.request('PUT', '/v1/types/report.rated', { token, body });
    expect(status).toBe(version === 1 ? 201 : 200);
  };
  await put(1, 'number');
  const { id, ...one } = await made({ type: 'report.rated' });
  expect(one).not.toHaveProperty('fault');
  await put(2, 'string');
  const fault = expect.stringMatching(/^when: .*characters/);
  expect((await as('admin', 'GET', `/${id}`)).body).toMatchObject({ fault });
  expect((await as('admin', 'GET', '?type=report.rated')).body).toMatchObject({ items: [{ id, fault }] });
  expect(await as('admin', 'PATCH', `/${id}`, { enabled: false, tell: [{ channel: 'C1' }] })).toMatchObject({
    status: 200,
    body: { enabled: false, version: 2, fault },
  });
  for (const patch of [{ when: 'data.score > 5' }, { tell: [{ channel: 'C2' }] }, { mention: 'data.score' }])
    expect(await as('admin', 'PATCH', `/${id}`, patch)).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'when' }] },
    });
  expect((await as('admin', 'PATCH', `/${id}`, { type: 'no.such' })).status).toBe(400);
  const mended = await as('admin', 'PATCH', `/${id}`, { when: 'data.score == "high"' });
  expect(mended.body).not.toHaveProperty('fault');
  expect((await as('owner', 'DELETE', `/${id}`)).status).toBe(204);
});

test('a type has at most 50 workflows of a tenant', async () => {
  const type = 'digest.daily';
  const more = { tenantId: 'globex' };
  const create = async () => as('owner', 'POST', '', workflow({ type, when: 'true', enabled: false }), more);
  const made = await Promise.all(Array.from({ length: 51 }, create));
  expect(made.map(({ status }) => status).filter((status) => status === 201)).toHaveLength(50);
  const full = { status: 409, body: { errors: [{ path: 'type' }] } };
  expect(made.find(({ status }) => status !== 201)).toMatchObject(full);
  const other = (await as('owner', 'POST', '', workflow({ when: 'true', enabled: false }), more)).body as ShownWorkflow;
  expect(await as('owner', 'PATCH', `/${other.id}`, { type }, more)).toMatchObject(full);
  expect((await as('owner', 'PATCH', `/${other.id}`, { order: 1 }, more)).status).toBe(200);
});

describe('who may', () => {
  test.each<[Role, number, number]>([
    ['owner', 200, 201],
    ['admin', 200, 201],
    ['security_admin', 200, 403],
    ['product', 200, 403],
    ['member', 403, 403],
  ])('%s: read and create', async (role, read, create) => {
    expect((await as(role, 'GET')).status).toBe(read);
    const answer = await as(role, 'POST', '', workflow({ enabled: false }));
    expect(answer.status).toBe(create);
  });

  test("another tenant's workflow does not exist", async () => {
    const { id } = await made({ enabled: false });
    const other = { tenantId: 'globex' };
    for (const [method, body] of [['GET'], ['PATCH', { order: 1 }], ['DELETE']] as const)
      expect((await as('owner', method, `/${id}`, body, other)).status).toBe(404);
  });
});

test('a notification is decided by the workflows that match, in their order, with an error as a reason', async () => {
  await preferences.publish(preferences.topics.installations, [
    {
      id: 'i',
      source: '/carillon/installation',
      data: {
        installationId: 'main',
        tenantId: 'acme',
        name: 'Main',
        profile: 'full',
        state: 'active',
        teamId: 'T1',
        isEnterpriseInstall: false,
        appId: 'A1',
        botUserId: 'UBOT',
        scopes: ['chat:write'],
        installedAt: '2026-01-01T00:00:00.000Z',
        version: 1,
      },
    },
  ]);
  const high = await made({ title: 'High', mention: 'data.owner', order: 1 });
  const broken = await made({ when: 'data.missing.x == 1', order: 2 });
  const owner = await made({ when: 'data.score > 0', tell: [{ path: 'data.owner' }], order: 3 });
  const token = await preferences.issuer.token({ roles: ['product'] });
  const body = {
    source: '/acme/reports',
    id: randomUUID(),
    type: 'report.ready',
    title: 'Report ready',
    to: [{ workflow: true }],
    data: { score: 120, owner: 'visitor@elsewhere.test' },
  };
  const explained = await until('the installation to be known', async () => {
    const answer = await preferences.service.request('POST', '/v1/explain', { token, body });
    return JSON.stringify(answer.body).includes('"send"') && answer;
  });
  const answer = await preferences.service.request('POST', '/v1/notifications', { token, body });
  expect(answer.status).toBe(202);
  const { notificationId } = answer.body as { notificationId: string };
  const records = await until('the decisions', () => {
    const found = resolved.records.filter(({ data }) => data.notification.notificationId === notificationId);
    return found.flatMap(({ data }) => data.decisions).length === 2 && found;
  });
  const decisions = records.flatMap(({ data }) => data.decisions);
  const channel = decisions.find(({ recipient }) => recipient === 'channel:T1:C1');
  expect(channel).toMatchObject({
    verdict: 'send',
    variant: `workflow:${high.id}`,
    reasons: expect.arrayContaining([{ code: 'workflow', detail: high.name }]),
  });
  expect(records[0]!.data.notification.variants?.[`workflow:${high.id}`]).toMatchObject({
    title: 'High',
    mentions: [{ email: 'visitor@elsewhere.test' }],
  });
  expect(decisions.find(({ recipient }) => recipient === 'email:visitor@elsewhere.test')).toMatchObject({
    verdict: 'send',
    reasons: expect.arrayContaining([{ code: 'workflow', detail: owner.name }]),
  });
  const said = explained.body as { reasons: { code: string; detail: string }[] };
  expect(said.reasons).toMatchObject([{ code: 'workflow_failed', detail: expect.stringContaining(broken.name) }]);
  for (const { id } of [high, broken, owner]) await as('owner', 'DELETE', `/${id}`);
});

test('a dry run decides with a draft, or with what is stored, and sends nothing', async () => {
  const event = { type: 'report.ready', title: 'x', data: { score: 50 } };
  const draft = { name: 'Draft', when: 'data.score >= 100', tell: [{ email: 'a@else.test' }] };
  const dryRun = async (data: object): Promise<unknown> =>
    (await as('admin', 'POST', '/dry-run', { workflow: draft, event: { ...event, data } })).body as unknown;
  expect(await dryRun({ score: 50 })).toMatchObject({ matched: false, decisions: [] });
  expect(await dryRun({ score: 150 })).toMatchObject({
    matched: true,
    because: [{ workflow: 'Draft', matched: true }],
    decisions: [{ recipient: 'email:a@else.test', verdict: 'send' }],
  });
  expect(await dryRun({})).toMatchObject({
    matched: false,
    because: [{ matched: false, reasons: [{ code: 'workflow_failed' }, { code: 'no_workflow' }] }],
  });
  expect((await as('admin', 'POST', '/dry-run', { event })).body).toMatchObject({ matched: false, because: [] });
});

interface Tried {
  notificationId: string;
  matched: boolean;
  decisions: { recipient: string }[];
}

test('a workflow is tried out on the newest events of its type, where the tenant lets them be kept', async () => {
  const run = randomUUID().slice(0, 8);
  await preferences.publish(
    preferences.topics.requested,
    [50, 120, 150].map((score) =>
      requestOf('acme', `${run}-${score}`, { type: 'report.ready', to: [{ email: 'x@else.test' }], data: { score } }),
    ),
  );
  const tryOut = (over: object, tenantId?: string) =>
    as('admin', 'POST', '/dry-run', { last: 3, type: 'report.ready', ...over }, tenantId ? { tenantId } : {});
  const draft = { name: 'Draft', when: 'data.score >= 100', tell: [{ email: 'boss@else.test' }] };
  const events = await until('they are kept', async () => {
    const answer = await tryOut({ workflow: draft });
    const { events: found } = answer.body as { events: Tried[] };
    const ids = [150, 120, 50].map((score) => notificationIdOf('acme', '/acme/reports', `${run}-${score}`));
    return isDeepStrictEqual(found.map(({ notificationId }) => notificationId).sort(), ids.sort()) && found;
  });
  expect(events.filter(({ matched }) => matched)).toHaveLength(2);
  const told = events.flatMap(({ decisions }) => decisions.map(({ recipient }) => recipient));
  expect(told).toEqual(['email:boss@else.test', 'email:boss@else.test']);
  expect((await tryOut({}, 'globex')).status).toBe(409);
  expect(await tryOut({ type: undefined })).toMatchObject({ status: 400, body: { errors: [{ path: 'type' }] } });
  expect(await tryOut({ last: 101 })).toMatchObject({ status: 400, body: { errors: [{ path: 'last' }] } });
  const both = { event: { type: 'report.ready', title: 'x' }, type: undefined };
  expect(await tryOut(both)).toMatchObject({ status: 400, body: { errors: [{ path: 'event' }] } });
});
