// Which decisions a throttle counts, by whose choice, and what a decision that is rolled up says.
import { describe, expect, test } from '@jest/globals';
import type { AudienceMember, NotificationRequest, NotificationType } from '@carillon/domain';
import { BurstsFake } from '../testing/bursts-fake.ts';
import { choices, contextOf, defaults, noon, personOf, typeOf } from '../testing/context-fixtures.ts';
import { throttleFor } from '../resolution/choose-channels.ts';
import type { Choice, TenantContext } from '../resolution/resolution-context.ts';
import { resolve } from '../resolution/resolve.ts';
import { rollUpBursts } from './roll-up-bursts.ts';

const throttle = { limit: 1, minutes: 10 };

/** How many of the same request are sent as they are, of three. */
async function sentOf(
  type: NotificationType,
  tenant: TenantContext,
  given: Partial<NotificationRequest> = {},
): Promise<number> {
  const bursts = new BurstsFake();
  let sent = 0;
  for (const id of ['1', '2', '3']) {
    const request = { tenantId: 'acme', type: type.name, to: [{ member: 'ada' }] as AudienceMember[], ...given };
    const resolution = resolve(request, type, tenant, noon);
    await rollUpBursts([{ request, type, notificationId: id, tenant, resolution }], (claims) =>
      bursts.take(claims, noon.at),
    );
    const [decision] = resolution.decisions;
    if (decision!.rollUp === undefined) sent++;
  }
  return sent;
}

const ada = (choice: Choice = {}) => personOf('ada', { choices: choices({ types: { 'report.ready': choice } }) });
const alwaysQuiet = defaults({ freeDays: ['2026-11-26'] });

describe('a throttle counts', () => {
  test.each<[string, number, Parameters<typeof sentOf>]>([
    ['what is sent at once', 1, [typeOf({ throttle }), contextOf([ada()])]],
    ['what goes to a channel', 1, [typeOf({ throttle }), contextOf([]), { to: [{ channel: 'C1' }] }]],
    ['a collapse group once', 3, [typeOf({ throttle }), contextOf([ada()]), { collapseKey: 'build' }]],
    ['nothing without a throttle', 3, [typeOf(), contextOf([ada()])]],
    ['nothing urgent', 3, [typeOf({ throttle }), contextOf([ada()]), { priority: 'urgent' }]],
    ['nothing in quiet hours', 3, [typeOf({ throttle }), contextOf([ada()], { defaults: alwaysQuiet })]],
    ['nothing of a digest', 3, [typeOf({ throttle }), contextOf([ada({ cadence: 'daily' })])]],
    ['nothing that is not sent', 3, [typeOf({ throttle }), contextOf([ada({ channels: [] })])]],
  ])('%s', async (_what, expected, given) => {
    expect(await sentOf(...given)).toBe(expected);
  });
});

test('a decision that is rolled up says how many, and has no fallback and no variant', async () => {
  const type = typeOf({ throttle, emailFallback: true });
  const tenant = contextOf([ada()]);
  const request = { tenantId: 'acme', to: [{ member: 'ada' }] };
  const resolution = resolve(request, type, tenant, noon);
  const [decision] = resolution.decisions;
  decision!.variant = 'de';
  expect(decision!.fallback).toBeDefined();
  const bursts = new BurstsFake(5);
  await rollUpBursts([{ request, type, tenant, resolution }], (claims) => bursts.take(claims, noon.at));
  expect(decision).toMatchObject({ verdict: 'send', rollUp: { more: 5 } });
  expect(decision!.reasons.at(-1)).toEqual({ code: 'rolled_up', detail: 'and 5 more' });
  expect(decision).not.toHaveProperty('fallback');
  expect(decision).not.toHaveProperty('variant');
});

test('what is not counted, because its window is locked, is sent as it is', async () => {
  const type = typeOf({ throttle });
  const tenant = contextOf([ada()]);
  const request = { tenantId: 'acme', to: [{ member: 'ada' }] };
  const resolution = resolve(request, type, tenant, noon);
  await rollUpBursts([{ request, type, tenant, resolution }], (claims) => Promise.resolve(claims.map(() => undefined)));
  expect(resolution.decisions[0]).not.toHaveProperty('rollUp');
});

describe('the throttle that holds', () => {
  const of = (limit: number) => ({ limit, minutes: 10 });
  const byMember = choices({
    types: { 'report.ready': { throttle: of(1) } },
    categories: { reports: { throttle: of(2) } },
  });
  const byCategory = choices({ categories: { reports: { throttle: 'none' } } });
  const byOrganisation = defaults({ categories: { reports: { throttle: of(3) } } });
  const type = typeOf({ throttle: of(4) });
  const must = typeOf({ throttle: of(4), mutable: false });

  test.each<[string, ReturnType<typeof throttleFor>, Parameters<typeof throttleFor>]>([
    ["is the member's for the type", { value: of(1), from: 'member' }, [type, byOrganisation, byMember]],
    [
      "then the member's for the category, none too",
      { value: 'none', from: 'member' },
      [type, byOrganisation, byCategory],
    ],
    ["then the organisation's", { value: of(3), from: 'organisation' }, [type, byOrganisation, choices({})]],
    ["then the type's", { value: of(4), from: 'type' }, [type, undefined, undefined]],
    ["and never the member's for what must be told", { value: of(4), from: 'type' }, [must, undefined, byMember]],
    ['or none', undefined, [typeOf(), defaults({}), choices({})]],
  ])('%s', (_which, expected, given) => {
    expect(throttleFor(...given)).toEqual(expected);
  });
});
