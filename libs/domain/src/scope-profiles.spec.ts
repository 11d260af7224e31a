import { describe, expect, it } from '@jest/globals';
import { capabilities, capabilitiesOf, capabilityNames, hasCapability, scopesMissingFor } from './capabilities.ts';
import { scopeProfileNames, scopeProfiles, scopes } from './scope-profiles.ts';
import { slackSubscriptions, subscriptionsFor } from './slack-subscriptions.ts';

describe('scope profiles', () => {
  it('widen one after the other, so that widening never takes a scope away', () => {
    let before: readonly string[] = [];
    for (const name of scopeProfileNames) {
      const own: readonly string[] = scopeProfiles[name].scopes;
      expect(own.slice(0, before.length)).toEqual(before);
      expect(new Set(own).size).toBe(own.length);
      before = own;
    }
  });

  it('contain every scope with its reason, in a sentence', () => {
    expect([...scopeProfiles.agents.scopes].sort()).toEqual(Object.keys(scopes).sort());
    for (const { reason } of Object.values(scopes)) expect(reason).toMatch(/^[A-Z].*\.$/);
  });

  it('carry the history scopes with which an ambiguous post is found again, in full and agents', () => {
    for (const name of ['full', 'agents'] as const)
      for (const place of ['channels', 'groups', 'im', 'mpim'] as const)
        expect(scopeProfiles[name].scopes).toContain(`${place}:history`);
  });
});

describe('capabilities', () => {
  it('are those whose every scope was granted, whatever was asked', () => {
    expect(capabilitiesOf([])).toEqual([]);
    expect(capabilitiesOf(['mpim:write'])).toEqual([]);
    expect(capabilitiesOf(['chat:write', 'mpim:write'])).toEqual([
      'direct_messages',
      'post_to_invited_channels',
      'group_messages',
    ]);
    expect(capabilitiesOf(scopeProfiles.agents.scopes)).toEqual(capabilityNames);
  });

  it('say which scopes they lack', () => {
    expect(scopesMissingFor(['chat:write'], 'custom_sender')).toEqual(['chat:write.customize']);
    for (const name of capabilityNames) expect(hasCapability(capabilities[name].needs, name)).toBe(true);
  });
});

describe('subscriptions', () => {
  it('are those that the scopes allow, and none to what people write to each other', () => {
    expect(subscriptionsFor(scopeProfiles.direct.scopes)).not.toContain('channel_created');
    expect(subscriptionsFor(scopeProfiles.full.scopes)).not.toContain('message.im');
    expect(subscriptionsFor(scopeProfiles.agents.scopes)).toEqual(Object.keys(slackSubscriptions).sort());
    for (const name of Object.keys(slackSubscriptions)) expect(name).not.toMatch(/^message\.(?!im$)/);
  });
});
