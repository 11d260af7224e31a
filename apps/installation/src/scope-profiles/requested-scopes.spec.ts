import { describe, expect, it } from '@jest/globals';
import { missingScopes, requestedScopes, scopeProfileViews } from './requested-scopes.ts';

describe('scope profiles', () => {
  it('asks for four scopes and no more where only direct messages are wanted', () => {
    expect(requestedScopes('direct')).toEqual(['chat:write', 'im:write', 'users:read', 'users:read.email']);
  });

  it('shows every scope of every profile with a reason', () => {
    for (const profile of scopeProfileViews) for (const { reason } of profile.scopes) expect(reason).toMatch(/\.$/);
  });

  it('tells which scopes of the profile Slack did not grant', () => {
    expect(missingScopes('direct', ['chat:write', 'im:write', 'users:read'])).toEqual(['users:read.email']);
    expect(missingScopes('a profile of the past', [])).toEqual([]);
  });
});
