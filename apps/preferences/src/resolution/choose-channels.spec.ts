// Which choice counts, for every combination of choices on every level.
import { expect, test } from '@jest/globals';
import { cadences, channelKinds, type NotificationType } from '@carillon/domain';
import fc from 'fast-check';
import { weekdays } from '../scheduling/quiet-hours.ts';
import { choices, defaults, typeOf } from '../testing/context-fixtures.ts';
import { chooseFor } from './choose-channels.ts';
import type { Choice } from './resolution-context.ts';

const channels = fc.uniqueArray(fc.constantFrom(...channelKinds));
const choice: fc.Arbitrary<Choice> = fc.record(
  {
    channels,
    cadence: fc.constantFrom(...cadences),
    at: fc.constantFrom('07:30', '18:00'),
    on: fc.constantFrom(...weekdays),
    fallback: fc.constantFrom('email' as const, 'none' as const),
  },
  { requiredKeys: [] },
);
const layer = fc.option(choice, { nil: undefined });
const layers = fc.record({ memberType: layer, memberCategory: layer, tenantType: layer, tenantCategory: layer });
const type: fc.Arbitrary<NotificationType> = fc
  .record({
    mutable: fc.boolean(),
    emailFallback: fc.boolean(),
    allowedChannels: fc.uniqueArray(fc.constantFrom(...channelKinds), { minLength: 1 }),
    cadences: fc.uniqueArray(fc.constantFrom(...cadences), { minLength: 1 }),
  })
  .map((given) =>
    typeOf({ ...given, channels: [given.allowedChannels[0]!], cadence: given.cadences[0]!, name: 'constructor' }),
  );

const named = (name: string, one: Choice | undefined): Record<string, Choice> =>
  one === undefined ? {} : { [name]: one };

fc.configureGlobal({ numRuns: 2_000 });

test('for each value the most specific choice that the type allows counts, and GET says whose it is', () => {
  fc.assert(
    fc.property(type, layers, (t, { memberType, memberCategory, tenantType, tenantCategory }) => {
      const chosen = chooseFor(
        t,
        defaults({ types: named(t.name, tenantType), categories: named(t.category, tenantCategory) }),
        choices({ types: named(t.name, memberType), categories: named(t.category, memberCategory) }),
      );
      const inOrder = [
        { one: memberType, from: 'member' },
        { one: memberCategory, from: 'member' },
        { one: tenantType, from: 'organisation' },
        { one: tenantCategory, from: 'organisation' },
      ];
      const first = (has: (one: Choice) => boolean) => inOrder.find(({ one }) => one !== undefined && has(one));
      const cadence = first((one) => one.cadence !== undefined && t.cadences.includes(one.cadence));
      expect([chosen.cadence, chosen.from.cadence]).toEqual([
        cadence?.one?.cadence ?? t.cadence,
        cadence?.from ?? 'type',
      ]);
      const fallback = first((one) => one.fallback !== undefined);
      expect([chosen.fallback, chosen.from.fallback]).toEqual([
        fallback?.one?.fallback ?? (t.emailFallback ? 'email' : 'none'),
        fallback?.from ?? 'type',
      ]);
      const at = first((one) => one.at !== undefined);
      const hasTime = chosen.cadence === 'daily' || chosen.cadence === 'weekly';
      expect(chosen.at).toBe(hasTime ? (at?.one?.at ?? '09:00') : undefined);
      const on = first((one) => one.on !== undefined);
      expect(chosen.on).toBe(chosen.cadence === 'weekly' ? (on?.one?.on ?? 'mon') : undefined);
      const picked = first(
        (one) =>
          one.channels !== undefined &&
          (one.channels.length === 0 || one.channels.some((channel) => t.allowedChannels.includes(channel))),
      );
      const wanted = (picked?.one?.channels ?? t.channels).filter((channel) => t.allowedChannels.includes(channel));
      const keeps = wanted.length > 0 || t.mutable;
      expect(chosen.channels).toEqual(keeps ? wanted : t.channels);
      expect(chosen.from.channels).toBe(keeps ? (picked?.from ?? 'type') : 'type');
    }),
  );
});

test('a type that cannot be muted keeps a channel, and nobody is told where the type does not go', () => {
  fc.assert(
    fc.property(type, layers, fc.boolean(), (t, { memberType, tenantCategory }, slackOff) => {
      const member = choices({ types: named(t.name, memberType), slackOff });
      const { channels } = chooseFor(t, defaults({ categories: named(t.category, tenantCategory) }), member);
      if (!t.mutable) expect(channels).not.toEqual([]);
      for (const channel of channels) expect(t.allowedChannels).toContain(channel);
      if (t.mutable && slackOff) expect(channels).not.toContain('slack');
    }),
  );
});
