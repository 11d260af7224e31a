import { describe, expect, test } from '@jest/globals';
import { classify, countsAsDone } from './classify.ts';
import { documentedByMethod, documentedForAll } from '../testing/documented-errors.ts';
import { kindByCode } from './error-codes.ts';
import type { FailureKind } from './failure-kinds.ts';
import { tokenIsDead, type SlackFailure } from './slack-failure.ts';
import { kindByTransportError, TransportError, type TransportErrorCode } from './transport-error.ts';

const post = 'chat.postMessage';
const shape = ({ sent, retry, scope }: SlackFailure) => ({ sent, retry, scope });
const documented = Object.entries(documentedByMethod).flatMap(([method, codes]) =>
  [...codes, ...documentedForAll].map((code) => [method, code] as const),
);

describe('a documented error', () => {
  test('has a class, for every method that we use', () => {
    expect(documented.length).toBeGreaterThan(1400);
    expect(documented.filter(([method, code]) => classify(method, code).kind === 'unknown')).toEqual([]);
  });

  test('says in a sentence what to do', () => {
    for (const [method, code] of documented) expect(classify(method, code).advice).toMatch(/^\S.{19,}\.$/);
  });

  test('belongs to one class only', () => {
    const codes = [...kindByCode.keys()];
    expect(new Set(codes).size).toBe(codes.length);
  });
});

describe('what happens next', () => {
  test.each<[string, Pick<SlackFailure, 'sent' | 'retry' | 'scope'>, string[]]>([
    [
      'a limit blocks the method and nothing was sent',
      { sent: 'no', retry: { afterMs: 5_000 }, scope: 'method' },
      ['ratelimited'],
    ],
    [
      'posting too much blocks the method and nothing was sent',
      { sent: 'no', retry: { afterMs: 30_000 }, scope: 'method' },
      ['rate_limited'],
    ],
    ['a truncated request was not processed', { sent: 'no', retry: 'later', scope: 'message' }, ['request_timeout']],
    [
      'an error inside Slack leaves the attempt in doubt',
      { sent: 'maybe', retry: 'later', scope: 'message' },
      ['internal_error', 'fatal_error', 'service_unavailable'],
    ],
    [
      'a migration or a used-up plan is waited for',
      { sent: 'no', retry: 'much_later', scope: 'installation' },
      ['team_added_to_org', 'org_login_required', 'message_limit_exceeded'],
    ],
    [
      'a moving channel is waited for',
      { sent: 'no', retry: 'much_later', scope: 'destination' },
      ['external_channel_migrating'],
    ],
    ['an expired token is refreshed', { sent: 'no', retry: 'refresh_token', scope: 'installation' }, ['token_expired']],
    [
      'a dead or refused token ends the installation',
      { sent: 'no', retry: 'never', scope: 'installation' },
      [
        'invalid_auth',
        'not_authed',
        'account_inactive',
        'token_revoked',
        'not_allowed_token_type',
        'access_denied',
        'no_permission',
        'missing_scope',
      ],
    ],
    [
      'a refusal of the whole installation is waited for until an admin acts',
      { sent: 'no', retry: 'much_later', scope: 'installation' },
      [
        ...['app_access_restricted', 'team_access_not_granted', 'two_factor_setup_required'],
        ...['accesslimited', 'enterprise_is_restricted'],
      ],
    ],
    [
      'a destination that is gone or closed ends the destination',
      { sent: 'no', retry: 'never', scope: 'destination' },
      [
        'channel_not_found',
        'not_in_channel',
        'is_archived',
        'user_disabled',
        'user_not_found',
        'restricted_action',
        'restricted_action_read_only_channel',
        'restricted_action_thread_only_channel',
        'ekm_access_denied',
        'team_not_found',
        'cannot_dm_bot',
        'slack_connect_file_link_sharing_blocked',
        'send_on_behalf_not_allowed',
      ],
    ],
    [
      'content that Slack refuses ends the message',
      { sent: 'no', retry: 'never', scope: 'message' },
      [
        'no_text',
        'invalid_blocks',
        'invalid_blocks_format',
        'msg_blocks_too_long',
        'msg_too_long',
        'too_many_attachments',
        'metadata_too_large',
        'markdown_text_conflict',
        'invalid_metadata_schema',
        'invalid_arguments',
        'cannot_reply_to_message',
      ],
    ],
    [
      'a defect of ours is final',
      { sent: 'no', retry: 'never', scope: 'defect' },
      [
        ...['unknown_method', 'method_deprecated', 'is_bot', 'draft_already_exists'],
        ...['invalid_arg_name', 'invalid_charset', 'invalid_json', 'missing_argument', 'as_user_not_supported'],
        ...['messages_tab_disabled', 'pkce_not_allowed'],
      ],
    ],
  ])('%s', (_promise, expected, codes) => {
    for (const code of codes)
      expect([code, shape(classify(post, { ok: false, error: code }))]).toEqual([code, expected]);
  });

  test('a code in no table is final and flagged', () => {
    expect(classify(post, { ok: false, error: 'brand_new' })).toMatchObject({
      code: 'brand_new',
      sent: 'no',
      retry: 'never',
      scope: 'defect',
      kind: 'unknown',
    });
    expect(classify('constructor', 'toString').kind).toBe('unknown');
  });

  test.each<[FailureKind, string, string[]]>([
    ['token_dead', post, ['invalid_auth', 'not_authed', 'account_inactive', 'token_revoked']],
    ['token_dead', 'oauth.v2.access', ['invalid_refresh_token']],
    ['token_stale', post, ['token_expired']],
    ['not_a_member', post, ['not_in_channel']],
    ['conversation_unknown', 'chat.update', ['channel_not_found']],
    ['message_gone', 'chat.update', ['message_not_found', 'cant_update_message', 'edit_window_closed']],
    [
      'thread_gone',
      post,
      [
        ...['thread_not_found', 'cannot_reply_to_message', 'invalid_thread_ts'],
        ...['restricted_action_thread_locked', 'restricted_action_non_threadable_channel'],
      ],
    ],
    ['conversation_unknown', 'files.completeUploadExternal', ['channel_not_found', 'invalid_channel']],
    [
      'rendering_refused',
      'chat.update',
      ['invalid_blocks', 'invalid_blocks_format', 'msg_blocks_too_long', 'msg_too_long', 'only_one_table_allowed'],
    ],
    [
      'installation_refused',
      post,
      [
        ...['app_access_restricted', 'team_access_not_granted', 'two_factor_setup_required'],
        ...['accesslimited', 'enterprise_is_restricted'],
      ],
    ],
    ['images_only', 'files.getUploadURLExternal', ['file_uploads_except_images_disabled']],
    ['misconfigured', 'openid.connect.token', ['invalid_client']],
    ['grant_expired', 'openid.connect.token', ['invalid_grant']],
    ['defect', 'openid.connect.token', ['invalid_request', 'unsupported_grant_type']],
    ['file_unknown', 'files.info', ['file_not_found']],
    ['file_removed', 'files.completeUploadExternal', ['file_deleted']],
    [
      'file_refused',
      'files.completeUploadExternal',
      [
        'access_denied',
        'file_type_not_allowed',
        'file_upload_size_restricted',
        'file_uploads_disabled',
        'storage_limit_reached',
      ],
    ],
    ['listing_expired', 'users.list', ['invalid_cursor']],
    ['page_too_large', 'users.list', ['limit_required']],
  ])('%s is what callers ask about after %s: %p', (kind, method, codes) => {
    for (const code of codes) expect([code, classify(method, code).kind]).toEqual([code, kind]);
  });

  test('a token is dead when Slack says so, not when a setting forbids the call', () => {
    const dead = (code: string): boolean => tokenIsDead(classify('auth.test', code));
    expect(['invalid_auth', 'account_inactive', 'token_revoked', 'token_expired'].filter(dead)).toHaveLength(4);
    expect(['missing_scope', 'access_denied', 'no_permission', 'ratelimited', 'brand_new'].filter(dead)).toEqual([]);
  });

  test('a missing scope is named', () => {
    const failure = classify('files.info', {
      ok: false,
      error: 'missing_scope',
      needed: 'files:read',
      provided: 'chat:write',
    });
    expect(failure).toMatchObject({ needed: 'files:read', scope: 'installation' });
    expect(failure.advice).toContain('files:read');
  });

  test("Slack's own explanation is kept, short and without tokens", () => {
    const failure = classify(post, {
      ok: false,
      error: 'invalid_blocks',
      response_metadata: { messages: ['[ERROR] too long [json-pointer:/blocks/0]', 'xoxb-1-secret'] },
    });
    expect(failure.detail).toContain('/blocks/0');
    expect(failure.detail).not.toContain('secret');
    expect(classify(post, 'xoxb-1-secret').code).not.toContain('secret');
  });

  test('a method may read a code differently', () => {
    expect(countsAsDone('reactions.add', 'already_reacted')).toBe(true);
    expect(countsAsDone('reactions.remove', 'no_reaction')).toBe(true);
    expect(countsAsDone('chat.delete', 'message_not_found')).toBe(true);
    expect(countsAsDone('chat.update', 'message_not_found')).toBe(false);
    for (const code of ['file_deleted', 'file_not_found']) expect(countsAsDone('files.delete', code)).toBe(true);
    expect(classify('files.info', 'access_denied').scope).toBe('message');
    expect(classify(post, 'access_denied').scope).toBe('installation');
  });
});

describe('an HTTP answer', () => {
  test.each([
    [
      '429 with Retry-After',
      429,
      { ok: false, error: 'ratelimited' },
      7_000,
      { code: 'ratelimited', sent: 'no', retry: { afterMs: 7_000 } },
    ],
    [
      '429 without Retry-After',
      429,
      undefined,
      undefined,
      { code: 'ratelimited', sent: 'no', retry: { afterMs: 5_000 } },
    ],
    ['429 with Retry-After 0', 429, undefined, 0, { code: 'ratelimited', sent: 'no', retry: { afterMs: 100 } }],
    [
      'ratelimited in a 200',
      200,
      { ok: false, error: 'ratelimited' },
      3_000,
      { code: 'ratelimited', sent: 'no', retry: { afterMs: 3_000 } },
    ],
    ['500', 500, undefined, undefined, { code: 'http_500', sent: 'maybe', retry: 'later' }],
    [
      '503 with a word that we do not know',
      503,
      { ok: false, error: 'oops' },
      undefined,
      { code: 'http_503', sent: 'maybe', retry: 'later' },
    ],
    ['503 that says ok', 503, { ok: true }, undefined, { code: 'http_503', sent: 'maybe', retry: 'later' }],
    [
      '500 with a known code',
      500,
      { ok: false, error: 'channel_not_found' },
      undefined,
      { code: 'channel_not_found', sent: 'no', retry: 'never' },
    ],
    ...[403, 404, 407, 413].map((status): [string, number, object | undefined, number | undefined, object] => [
      `${status} of a proxy`,
      status,
      undefined,
      undefined,
      { code: `http_${status}`, kind: 'unreachable', sent: 'no', retry: 'later' },
    ]),
    [
      '403 of Slack',
      403,
      { ok: false, error: 'invalid_auth' },
      undefined,
      { code: 'invalid_auth', retry: 'never', scope: 'installation' },
    ],
    ['302', 302, undefined, undefined, { code: 'http_302', sent: 'no', retry: 'never', scope: 'defect' }],
    ['200 without sense', 200, {}, undefined, { code: 'unreadable_answer', sent: 'maybe', retry: 'later' }],
  ])('%s', (_name, status, body, retryAfterMs, expected) => {
    expect(classify(post, body ?? {}, { status, retryAfterMs })).toMatchObject(expected);
  });
});

describe('an error on the way', () => {
  test.each(Object.entries(kindByTransportError))('%s is classified', (code, kind) => {
    const failure = classify(post, new TransportError(code as TransportErrorCode));
    expect(failure).toMatchObject({ code, kind, sent: kind === 'ambiguous' ? 'maybe' : 'no' });
  });

  const coded = (code: string, more: object = {}) => Object.assign(new Error(code), { code, ...more });
  test.each([
    ['ECONNREFUSED', 'connect_refused', 'no'],
    ['ENOTFOUND', 'dns_failed', 'no'],
    ['EAI_AGAIN', 'dns_failed', 'no'],
    ['UND_ERR_CONNECT_TIMEOUT', 'connect_timeout', 'no'],
    ['CERT_HAS_EXPIRED', 'tls_failed', 'no'],
    ['ECONNRESET', 'connection_lost', 'maybe'],
    ['UND_ERR_SOCKET', 'connection_lost', 'maybe'],
    ['whatever', 'connection_lost', 'maybe'],
  ])("somebody else's %s is %s", (code, expected, sent) => {
    expect(classify(post, coded(code))).toMatchObject({ code: expected, sent });
    expect(
      classify(post, coded('slack_webapi_request_error', { original: coded('x', { cause: coded(code) }) })),
    ).toMatchObject({ code: expected, sent });
  });

  test("the SDK's errors are read", () => {
    expect(
      classify(post, coded('slack_webapi_platform_error', { data: { ok: false, error: 'is_archived' } })).code,
    ).toBe('is_archived');
    expect(classify(post, coded('slack_webapi_rate_limited_error', { retryAfter: 4 })).retry).toEqual({
      afterMs: 4_000,
    });
    expect(classify(post, coded('slack_webapi_http_error', { statusCode: 502, body: '<html>' }))).toMatchObject({
      code: 'http_502',
      sent: 'maybe',
    });
  });

  test.each([undefined, null, 5, [], {}])('anything else (%p) is in doubt', (nothing) => {
    expect(classify(post, nothing)).toMatchObject({ code: 'unreadable_answer', sent: 'maybe' });
  });
});
