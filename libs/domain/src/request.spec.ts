import { describe, expect, test } from '@jest/globals';
import { installationState } from './installation.ts';
import { fieldErrorLine, fieldErrors } from './field-errors.ts';
import { memberState } from './member.ts';
import { notificationRequest, notificationRetraction } from './request.ts';
import { memberChanged } from './topics.ts';

const request = { tenantId: 'acme', type: 'report.ready', title: 'Report ready' };
const member = { tenantId: 'acme', memberId: 'ada', email: 'ada@acme.test', name: 'Ada', active: true };

function pathsRefused(
  schema: { safeParse(data: unknown): { success: boolean; error?: { issues: unknown[] } } },
  data: unknown,
): string[] {
  const result = schema.safeParse(data);
  return result.success ? [] : fieldErrors(result.error!.issues as never, data).map(({ path }) => path);
}

const half = '\ud83d';
const bad = `a\0b`;
const sent = { url: 'https://a.test/x', contentType: 'text/plain', name: 'n' };

function saidOf(given: Record<string, unknown>): string {
  const data = { ...request, ...given };
  const result = notificationRequest.safeParse(data);
  return result.success ? '' : fieldErrorLine(fieldErrors(result.error.issues, data));
}

describe('an error names the field and says the fix', () => {
  const file = { name: 'n', contentType: 'text/plain' };
  test.each([
    [{ files: [{ ...file, url: 'http://a.test/x' }] }, 'files[0].url: must be https: an http URL is not fetched'],
    [{ files: [{ ...file, url: 'a.test/x' }] }, 'files[0].url: must be a whole https URL'],
    [{ sender: { iconUrl: 'http://a.test/x' } }, 'sender.iconUrl: must be https: an http URL is not fetched'],
    [{ link: { url: 'app.example/r/1' } }, 'link.url: must be a whole http or https URL'],
    [
      { expiresAt: '2026-11-26T18:00:00' },
      'expiresAt: has no offset from UTC: add an offset, e.g. 2026-11-26T18:00:00Z',
    ],
    [{ expiresAt: '2026-11-26T18:00' }, 'expiresAt: has no offset from UTC: add an offset, e.g. 2026-11-26T18:00:00Z'],
    [{ expiresAt: 'tomorrow' }, 'expiresAt: must be an RFC 3339 instant, e.g. 2026-11-26T18:00:00Z'],
    [{ to: [{ email: 'ada' }] }, 'to[0].email: must be an e-mail address such as ada@example.com'],
    [
      { to: [{ email: 'größe@example.com' }] },
      'to[0].email: must be an e-mail address with ASCII letters only before the @',
    ],
  ])('%j', (given, line) => expect(saidOf(given)).toBe(line));
});

test('a member of a time zone that does not exist is refused by its field, and the name is not repeated', () => {
  const data = { ...member, timeZone: 'Europe/Atlantis' };
  const result = memberChanged.schema.safeParse(data);
  expect(fieldErrorLine(fieldErrors(result.error!.issues, data))).toBe(
    'timeZone: must be an IANA time zone such as Europe/Paris',
  );
  for (const timeZone of ['Europe/Paris', 'Asia/Calcutta', 'UTC', 'America/Argentina/Buenos_Aires'])
    expect(pathsRefused(memberChanged.schema, { ...member, timeZone })).toEqual([]);
});

describe('a request that a database would refuse is refused by its field', () => {
  test.each([
    ['tenantId', { tenantId: `a${half}` }],
    ['tenantId', { tenantId: 'a:b' }],
    ['type', { type: `t${half}` }],
    ['title', { title: bad }],
    ['title', { title: `Hello ${half}` }],
    ['body', { body: bad }],
    ['link.url', { link: { url: 'https://a.test/\0' } }],
    ['link.url', { link: { url: `https://a.test/${half}` } }],
    ['link.label', { link: { url: 'https://a.test/', label: half } }],
    ['facts[0].label', { facts: [{ label: bad, value: '' }] }],
    ['facts[0].value', { facts: [{ label: 'l', value: bad }] }],
    ['actions[0].id', { actions: [{ id: half, label: 'l' }] }],
    ['actions[0].label', { actions: [{ id: 'i', label: bad }] }],
    ['actions[0].value', { actions: [{ id: 'i', label: 'l', value: bad }] }],
    ['files[0].name', { files: [{ ...sent, name: bad }] }],
    ['files[0].contentType', { files: [{ ...sent, contentType: bad }] }],
    ['files[0].title', { files: [{ ...sent, title: bad }] }],
    ['files[0].url', { files: [{ ...sent, url: 'https://a.test/\0' }] }],
    ['sender.name', { sender: { name: bad } }],
    ['to[0].member', { to: [{ member: half }] }],
    ['orderingKey', { orderingKey: bad }],
    ['collapseKey', { collapseKey: half }],
    ['threadKey', { threadKey: bad }],
    ['data', { data: { a: [{ b: bad }] } }],
    ['data', { data: { [bad]: 1 } }],
    ['slack.blocks', { slack: { blocks: [{ type: 'section', text: { text: half } }] } }],
    ['expiresAt', { expiresAt: '2026-01-01T00:00:00+16:00' }],
    ['expiresAt', { expiresAt: '2026-01-01T00:00:00-23:59' }],
    ['expiresAt', { expiresAt: '1969-12-31T23:59:59Z' }],
    ['expiresAt', { expiresAt: '0000-01-01T00:00:00Z' }],
    ['expiresAt', { expiresAt: '9999-12-31T23:59:59-01:00' }],
    ['expiresAt', { expiresAt: `2026-01-01T00:00:00.${'1'.repeat(200)}Z` }],
  ])('%s', (path, given) => {
    expect(pathsRefused(notificationRequest, { ...request, ...given })).toEqual([path]);
  });

  test('JSON so deep that a stack ends is refused, not thrown', () => {
    let deep: unknown = 'x';
    for (let level = 0; level < 50_000; level++) deep = [deep];
    expect(pathsRefused(notificationRequest, { ...request, data: { deep } })).toEqual(['data']);
    expect(pathsRefused(notificationRequest, { ...request, slack: { blocks: [{ deep }] } })).toEqual(['slack.blocks']);
  });

  test('and so are a retraction, a member and an installation', () => {
    expect(pathsRefused(notificationRetraction, { tenantId: 'a', source: '/a\n', id: 'x\ny' })).toEqual([
      'source',
      'id',
    ]);
    expect(
      pathsRefused(notificationRetraction, { tenantId: 'a', source: 's'.repeat(501), id: 'i'.repeat(201) }),
    ).toEqual(['source', 'id']);
    expect(pathsRefused(memberState, { ...member, name: bad, locale: bad, timeZone: bad })).toEqual([
      'name',
      'locale',
      'timeZone',
    ]);
    expect(
      pathsRefused(installationState.pick({ teamName: true, scopes: true }), { teamName: half, scopes: [bad] }),
    ).toEqual(['teamName', 'scopes[0]']);
  });
});

test('what people really write is taken', () => {
  const written = {
    ...request,
    title: '🎉 Größe 読む\u200d\n\t',
    facts: [{ label: '👩‍👩‍👧', value: '' }],
    data: { 'schlüssel 🗝': [null, 1, true, { a: '🎉' }] },
    threadKey: 'a b:c',
    link: { url: 'https://münchen.example/größe?q=🎉' },
  };
  expect(pathsRefused(notificationRequest, written)).toEqual([]);
  for (const expiresAt of [
    '2026-11-22T10:00:00Z',
    '2026-11-22T10:00:00.123456+05:45',
    '1970-01-01T00:00:00Z',
    '2026-11-22T10:00:00-15:59',
    '9999-12-31T23:59:59.999Z',
  ]) {
    expect(pathsRefused(notificationRequest, { ...request, expiresAt })).toEqual([]);
  }
  expect(pathsRefused(notificationRetraction, { tenantId: 'acme', source: '/größe/読', id: 'r 1' })).toEqual([]);
});
