// From a link in an e-mail to no more e-mails, on the real service: whoever asks next is told so.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import type { RecipientState } from '@carillon/domain';
import { signUnsubscribeToken } from '@carillon/domain/unsubscribe-token';
import { tombstone } from '@carillon/messaging';
import type { TestAnswer } from '@carillon/runtime/testing';
import pg from 'pg';
import type { Explanation } from '../explaining/explain.controller.ts';
import { until } from '../testing/private-topics.ts';
import { RunningPreferences } from '../testing/running-preferences.ts';

jest.setTimeout(60_000);

const preferences = new RunningPreferences();
const { topics, publisher } = preferences;
const key = 'unsubscribe-spec'.repeat(2);
const type = 'report.ready';

const member = (memberId: string, version = 1): RecipientState => ({
  ...{ tenantId: 'acme', memberId, email: `${memberId}@acme.test`, name: memberId, active: true, links: [], version },
});
const known = async (memberId: string, state: RecipientState): Promise<void> => {
  await publisher.publish(topics.recipients, [
    { id: `${memberId}-${state.version}`, source: '/directory', data: state },
  ]);
  await until(`${memberId} is known`, async () =>
    (await decided({ member: memberId })).reasons.some(({ code }) => code !== 'unknown_member' && code !== 'addressed'),
  );
};

beforeAll(async () => {
  await preferences.start({ UNSUBSCRIBE_KEY: key });
  for (const name of ['ada', 'bob', 'cyd', 'dan']) await known(name, member(name));
});

afterAll(() => preferences.stop());

const linkFor = (recipient: string, about = type, tenantId = 'acme'): string =>
  `/v1/unsubscribe/${signUnsubscribeToken(key, { tenantId, recipient, type: about })}`;

const post = (path: string): Promise<TestAnswer> =>
  preferences.service.request('POST', path, {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'List-Unsubscribe=One-Click',
  });

test('an unsubscription is in the audit log once, without an address', async () => {
  for (let n = 0; n < 3; n++) {
    await post(linkFor('member:dan'));
    await post(linkFor('email:audited@else.test'));
  }
  const entries = await preferences.service.request('GET', '/v1/audit?action=email.unsubscribed&limit=10', {
    token: await preferences.issuer.token({ roles: ['owner'] }),
  });
  expect((entries.body as { items: object[] }).items).toMatchObject([
    { subject: 'recipient:address', actor: { kind: 'system', id: 'unsubscribe-link' }, detail: { type } },
    { subject: 'member:dan', actor: { kind: 'member', id: 'dan' }, tenantId: 'acme' },
  ]);
  expect((entries.body as { items: object[] }).items).toHaveLength(2);
  expect(entries.text).not.toContain('audited@');
});

async function decided(to: object, about = type): Promise<Explanation['recipients'][number]> {
  const token = await preferences.issuer.token({ memberId: 'product', roles: ['product'] });
  const answer = await preferences.service.request('POST', '/v1/explain', {
    token,
    body: { type: about, title: 'x', to: [to] },
  });
  return (answer.body as Explanation).recipients[0]!;
}

const choose = async (memberId: string, body: object): Promise<void> => {
  const token = await preferences.issuer.token({ memberId });
  expect((await preferences.service.request('PUT', '/v1/members/me/preferences', { token, body })).status).toBe(200);
};

const codes = (decision: { reasons: { code: string }[] }): string[] => decision.reasons.map(({ code }) => code);

test('looking at the link shows one button and changes nothing, however often a mail filter looks', async () => {
  await choose('ada', { types: { [type]: ['slack', 'email'] } });
  for (let time = 0; time < 3; time++) {
    const page = await preferences.service.request('GET', linkFor('member:ada'));
    expect(page).toMatchObject({ status: 200 });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.text.match(/<button/g)).toHaveLength(1);
    expect(page.text).toContain('<form method="post">');
    expect(page.text).not.toMatch(/<script|\son\w+=/i);
  }
  expect((await decided({ member: 'ada' })).destinations).toMatchObject([{ kind: 'email' }]);
});

test('a member keeps the other channels and choices; the next notification already knows; twice is once', async () => {
  await choose('ada', { types: { [type]: ['slack', 'email'], 'digest.weekly': ['email'] } });
  for (let time = 0; time < 2; time++) expect(await post(linkFor('member:ada'))).toMatchObject({ status: 200 });
  const token = await preferences.issuer.token({ memberId: 'ada' });
  const shown = await preferences.service.request('GET', '/v1/members/me/preferences', { token });
  expect(shown.body).toMatchObject({
    slackOff: false,
    types: { [type]: { channels: ['slack'] }, 'digest.weekly': { channels: ['email'] } },
  });
  expect((await decided({ member: 'ada' })).destinations).toEqual([]);
  expect((await decided({ member: 'ada' }, 'digest.weekly')).destinations).toMatchObject([{ kind: 'email' }]);
});

test('a change of the preferences at the same time keeps the unsubscription', async () => {
  await known('eva', member('eva'));
  await choose('eva', { types: { [type]: ['slack', 'email'] } });
  const installationId = '5b0f3a52-6c1e-4a8b-9d57-0a4f1b7c2d10';
  const blocker = new pg.Client({ connectionString: preferences.databaseUrl });
  const observer = new pg.Client({ connectionString: preferences.databaseUrl });
  await Promise.all([blocker.connect(), observer.connect()]);
  try {
    const waiting = async (): Promise<number> =>
      (await observer.query('SELECT 1 FROM pg_locks WHERE NOT granted')).rows.length;
    await blocker.query(
      `INSERT INTO installation (key, tenant_id, installation_id, state, installed_at, version, deleted)
       VALUES ($1, 'acme', $1, 'active', now(), 1, false)`,
      [installationId],
    );
    // The change has read what is stored, and waits for the installation that it names.
    await blocker.query('BEGIN');
    await blocker.query('LOCK TABLE installation IN ACCESS EXCLUSIVE MODE');
    const token = await preferences.issuer.token({ memberId: 'eva' });
    const change = { token, body: { installationId, slackOff: true } };
    const changed = preferences.service.request('PATCH', '/v1/members/me/preferences', change);
    await until('the change waits', async () => (await waiting()) === 1);
    let isDone = false;
    const unsubscribed = post(linkFor('member:eva')).finally(() => (isDone = true));
    await until('the link waits too, or is done', async () => isDone || (await waiting()) === 2);
    await blocker.query('COMMIT');
    expect([(await changed).status, (await unsubscribed).status]).toEqual([200, 200]);
    const shown = await preferences.service.request('GET', '/v1/members/me/preferences', { token });
    expect(shown.body).toMatchObject({ slackOff: true, types: { [type]: { channels: ['slack'] } } });
  } finally {
    await Promise.all([blocker.end(), observer.end()]);
  }
});

test('what an organisation chose by default is kept without e-mail, and Slack off stays another choice', async () => {
  const owner = await preferences.issuer.token({ roles: ['owner'] });
  const defaults = { categories: {}, types: { [type]: ['email', 'slack'] } };
  expect((await preferences.service.request('PUT', '/v1/defaults', { token: owner, body: defaults })).status).toBe(200);
  await choose('bob', { slackOff: true });
  expect((await decided({ member: 'bob' })).destinations).toMatchObject([{ kind: 'email' }]);
  expect((await post(linkFor('member:bob'))).status).toBe(200);
  expect(await decided({ member: 'bob' })).toMatchObject({ verdict: 'suppress' });
  const token = await preferences.issuer.token({ memberId: 'bob' });
  expect((await preferences.service.request('GET', '/v1/members/me/preferences', { token })).body).toMatchObject({
    slackOff: true,
    types: { [type]: { channels: ['slack'] } },
  });
  expect(
    (await preferences.service.request('PUT', '/v1/defaults', { token: owner, body: { types: {}, categories: {} } }))
      .status,
  ).toBe(200);
});

test('the fallback does not bring the e-mails back, whichever way the member is named; their own choice does', async () => {
  expect(codes(await decided({ email: 'cyd@acme.test' }))).toContain('email_fallback');
  expect((await post(linkFor('member:cyd'))).status).toBe(200);
  for (const to of [{ email: 'cyd@acme.test' }, { member: 'cyd' }])
    expect((await decided(to)).verdict).toBe('suppress');
  expect(codes(await decided({ email: 'cyd@acme.test' })).at(-1)).toBe('unsubscribed');
  await choose('cyd', { types: { [type]: ['email'] } });
  expect((await decided({ email: 'cyd@acme.test' })).destinations).toMatchObject([{ kind: 'email' }]);
});

test('an address of nobody is remembered for its tenant and the type alone, however it is written', async () => {
  const to = { email: 'Guest@Else.test' };
  expect((await decided(to)).verdict).toBe('send');
  for (let time = 0; time < 2; time++) expect((await post(linkFor('email:guest@else.test'))).status).toBe(200);
  const decision = await decided(to);
  expect(decision).toMatchObject({ verdict: 'suppress', destinations: [], recipient: 'email:guest@else.test' });
  expect(decision.reasons.at(-1)).toMatchObject({
    code: 'unsubscribed',
    sentence: 'The person unsubscribed from e-mails of this type.',
  });
  expect((await decided(to, 'digest.weekly')).verdict).toBe('send');
  expect((await decided({ email: 'other@else.test' })).verdict).toBe('send');
  const token = await preferences.issuer.token({ memberId: 'product', roles: ['product'], tenantId: 'globex' });
  const elsewhere = await preferences.service.request('POST', '/v1/explain', {
    token,
    body: { type, title: 'x', to: [to] },
  });
  expect((elsewhere.body as Explanation).recipients[0]?.verdict).toBe('send');
});

test('an address that belongs to a member meanwhile is that member', async () => {
  await choose('dan', { types: { [type]: ['email', 'slack'] } });
  expect((await post(linkFor('email:dan@acme.test'))).status).toBe(200);
  const token = await preferences.issuer.token({ memberId: 'dan' });
  expect((await preferences.service.request('GET', '/v1/members/me/preferences', { token })).body).toMatchObject({
    types: { [type]: { channels: ['slack'] } },
  });
});

test('what must be told cannot be turned off, and says so', async () => {
  expect((await preferences.service.request('GET', linkFor('member:ada', 'security.alert'))).text).not.toContain(
    '<button',
  );
  expect(await post(linkFor('member:ada', 'security.alert'))).toMatchObject({ status: 409 });
  expect((await decided({ email: 'ada@acme.test' }, 'security.alert')).verdict).toBe('send');
});

test.each([
  [
    'signed with another key',
    `/v1/unsubscribe/${signUnsubscribeToken('x'.repeat(32), { tenantId: 'acme', recipient: 'member:ada', type })}`,
  ],
  ['cut off', linkFor('member:ada').slice(0, -3)],
  ['of another tenant that does not exist', linkFor('member:ada', type, 'nobody')],
  ['about a channel', linkFor('channel:T1:C1')],
  ['noise', '/v1/unsubscribe/%3Cscript%3E'],
])('a link that is %s does nothing and says so to a person', async (_, path) => {
  for (const answer of [await preferences.service.request('GET', path), await post(path)]) {
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.text).not.toContain('<script');
  }
});

test('a person who is deleted leaves no unsubscription behind', async () => {
  await known('eve', member('eve'));
  expect((await post(linkFor('member:eve'))).status).toBe(200);
  await publisher.publishRecords([tombstone(topics.recipients, 'acme:eve', 2)]);
  await until('eve is forgotten', async () => codes(await decided({ member: 'eve' })).includes('unknown_member'));
  await known('eve', member('eve', 3));
  expect(codes(await decided({ email: 'eve@acme.test' }))).toContain('email_fallback');
  await publisher.publishRecords([tombstone(topics.recipients, 'acme:eve', 4)]);
  await until('eve is forgotten', async () => codes(await decided({ member: 'eve' })).includes('unknown_member'));
  expect((await post(linkFor('member:eve'))).status).toBe(200);
});
