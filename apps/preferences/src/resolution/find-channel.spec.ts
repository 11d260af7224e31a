// Which channel a reference means, and whether it can be told.
import { describe, expect, test } from '@jest/globals';
import { codes, contextOf, installation, noon, typeOf } from '../testing/context-fixtures.ts';
import { findChannel } from './find-channel.ts';
import type { KnownChannel } from './known-channels.ts';
import type { TenantContext } from './resolution-context.ts';
import { resolve } from './resolve.ts';

const channel = (channelId: string, given: Partial<KnownChannel> = {}): KnownChannel => ({
  ...{ installationId: 'main', channelId, teamId: 'T-main', name: channelId.toLowerCase() },
  ...{ isPrivate: false, isArchived: false, isMember: true },
  ...given,
});

/** As a loader finds them, by id and by name. */
function knowing(channels: KnownChannel[], given: Partial<TenantContext> = {}): TenantContext {
  const keys = new Set(['nowhere', ...channels.flatMap(({ channelId, name }) => [channelId, name])]);
  const found = [...keys].map((key) => {
    const here = channels.filter(({ channelId, name }) => channelId === key || name === key);
    return [key, { channels: here, close: key === 'nowhere' ? ['now-here'] : [] }] as const;
  });
  return contextOf([], { channels: new Map(found), ...given });
}

const decided = (reference: string, context: TenantContext, named?: string) => {
  const to = [{ channel: reference, ...(named !== undefined && { installation: named }) }];
  return resolve({ to, priority: 'normal' }, typeOf(), context, noon).decisions[0]!;
};

test.each(['C1', 'general', '#general', '#General'])('%s is one and the same recipient', (reference) => {
  const context = knowing([channel('C1', { name: 'general' })]);
  expect(decided(reference, context)).toMatchObject({
    recipient: 'channel:T-main:C1',
    verdict: 'send',
    destinations: [{ channel: 'C1', teamId: 'T-main', installationId: 'main' }],
  });
});

test('named in three ways, it is told once', () => {
  const context = knowing([channel('C1', { name: 'general' })]);
  const to = [{ channel: 'general' }, { channel: 'C1' }, { channel: '#general' }];
  expect(resolve({ to, priority: 'normal' }, typeOf(), context, noon).decisions).toHaveLength(1);
});

test('of an organisation-wide installation it is told in its own workspace', () => {
  const wide = installation('main', { teamId: undefined, enterpriseId: 'E1' });
  const context = knowing([channel('C1', { teamId: 'T7' })], { installations: [wide] });
  expect(decided('C1', context).destinations).toMatchObject([{ teamId: 'T7' }]);
});

describe('of several installations', () => {
  const context = knowing(
    [
      channel('C2', { installationId: 'second', teamId: 'T-second', name: 'sales' }),
      channel('C1', { name: 'general' }),
    ],
    { installations: [installation('main'), installation('second')] },
  );

  test('the one that has the channel is meant, also by its id', () => {
    for (const reference of ['sales', 'C2'])
      expect(decided(reference, context).destinations).toMatchObject([{ installationId: 'second', channel: 'C2' }]);
  });

  test('the named one counts, and knows no channel of another', () => {
    expect(codes(decided('sales', context, 'main'))).toEqual(['addressed', 'unknown_channel']);
    expect(decided('sales', context, 'second').verdict).toBe('send');
  });
});

test('a name of several channels is not guessed at, and one that is archived does not count', () => {
  const two = [channel('C1', { name: 'general', teamId: 'T1' }), channel('C2', { name: 'general', teamId: 'T2' })];
  const decision = decided('general', knowing(two));
  expect(codes(decision)).toEqual(['addressed', 'channel_ambiguous']);
  expect(decision.reasons[1]?.detail).toBe('C1, C2');
  expect(decided('general', knowing([{ ...two[0]!, isArchived: true }, two[1]!])).recipient).toBe('channel:T2:C2');
});

test('a name that nobody has is suppressed, with those that are close', () => {
  const decision = decided('#nowhere', knowing([]));
  expect(decision).toMatchObject({ recipient: 'channel:-:nowhere', verdict: 'suppress' });
  expect(decision.reasons[1]).toMatchObject({ code: 'unknown_channel', detail: '#nowhere; close: #now-here' });
});

test('an id that is not known is left to Slack', () => {
  expect(decided('C9', knowing([])).verdict).toBe('send');
});

test('an archived channel is suppressed, whoever may post there', () => {
  const known = channel('C1', { isArchived: true, name: 'old' });
  const decision = decided('C1', knowing([known], { installations: [installation('main', { scopes: [] })] }));
  expect(decision.reasons.at(-1)).toMatchObject({ code: 'channel_archived', detail: '#old' });
});

describe('a channel that the app is not in', () => {
  const codeOf = (given: Partial<KnownChannel>, scopes: string[] | undefined, state: 'active' | 'lost' = 'active') =>
    findChannel(
      { channel: 'C1' },
      knowing([channel('C1', { isMember: false, ...given })], {
        installations: [installation('main', { scopes, state })],
      }),
    ).obstacle?.code;

  test('is told where the app may post or go there by itself, and else suppressed', () => {
    expect(codeOf({}, ['chat:write'])).toBe('channel_not_joined');
    expect(codeOf({}, ['chat:write', 'chat:write.public'])).toBeUndefined();
    expect(codeOf({}, ['chat:write', 'channels:join'])).toBeUndefined();
    expect(codeOf({ isPrivate: true }, ['chat:write', 'chat:write.public', 'channels:join'])).toBe(
      'channel_not_joined',
    );
  });

  test('is left to Slack where the scopes are not known, or may change before it is sent', () => {
    expect(codeOf({}, undefined)).toBeUndefined();
    expect(codeOf({}, ['chat:write'], 'lost')).toBeUndefined();
  });
});
