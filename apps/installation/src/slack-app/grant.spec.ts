import { describe, expect, it } from '@jest/globals';
import { accessAnswer, grantOf } from './grant.ts';

const now = new Date('2026-11-22T12:00:00Z');
const answer = {
  ok: true,
  app_id: 'A1',
  access_token: 'xoxb-1',
  token_type: 'bot',
  scope: 'users:read,chat:write,chat:write',
  bot_user_id: 'U0BOT',
  team: { id: 'T1', name: 'Acme' },
  enterprise: null,
  is_enterprise_install: false,
  authed_user: { id: 'U1' },
};

describe('grantOf', () => {
  it('keeps the granted scopes, each once and sorted', () => {
    expect(grantOf(accessAnswer.parse(answer), now)).toEqual({
      appId: 'A1',
      botUserId: 'U0BOT',
      workspaceId: 'T1',
      teamId: 'T1',
      isEnterpriseInstall: false,
      workspaceName: 'Acme',
      scopes: ['chat:write', 'users:read'],
      authorizedBy: 'U1',
      tokens: { accessToken: 'xoxb-1' },
    });
  });

  it('keeps the refresh token and the instant at which the token expires', () => {
    const rotating = accessAnswer.parse({ ...answer, refresh_token: 'xoxe-1', expires_in: 43_200 });
    expect(grantOf(rotating, now)?.tokens).toEqual({
      accessToken: 'xoxb-1',
      refreshToken: 'xoxe-1',
      expiresAt: new Date('2026-11-23T00:00:00Z'),
    });
  });

  it('keys an org-wide installation by its enterprise', () => {
    const orgWide = accessAnswer.parse({
      ...answer,
      team: null,
      enterprise: { id: 'E1', name: 'Acme Group' },
      is_enterprise_install: true,
    });
    expect(grantOf(orgWide, now)).toMatchObject({
      workspaceId: 'E1',
      enterpriseId: 'E1',
      isEnterpriseInstall: true,
      workspaceName: 'Acme Group',
    });
    expect(grantOf(orgWide, now)).not.toHaveProperty('teamId');
  });

  it('refuses an answer without a bot token or without a workspace', () => {
    expect(accessAnswer.safeParse({ ...answer, token_type: 'user' }).success).toBe(false);
    expect(accessAnswer.safeParse({ ...answer, access_token: '' }).success).toBe(false);
    expect(grantOf(accessAnswer.parse({ ...answer, team: null }), now)).toBeUndefined();
  });
});
