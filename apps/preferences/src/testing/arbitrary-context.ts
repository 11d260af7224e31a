// Random tenants and requests for property tests: four members who may share accounts and addresses, three
// installations, and whatever somebody may have chosen.
import {
  cadences,
  channelKinds,
  installationStates,
  linkStatuses,
  type AudienceMember,
  type NotificationType,
} from '@carillon/domain';
import fc from 'fast-check';
import type { Person, TenantContext } from '../resolution/resolution-context.ts';
import { weekdays } from '../scheduling/quiet-hours.ts';
import { typeOf } from './context-fixtures.ts';

export const memberIds = ['ada', 'bob', 'cyd', 'dan'];
const installationIds = ['one', 'two', 'three'];
const member = fc.constantFrom(...memberIds, 'nobody');
const address = fc.constantFrom(...memberIds.map((id) => `${id}@acme.test`), 'guest@else.test');
export const mentions = fc.array(fc.oneof(fc.record({ member }), fc.record({ email: address })), { maxLength: 3 });
const channels = fc.uniqueArray(fc.constantFrom(...channelKinds));
const somewhere = fc.option(fc.constantFrom(...installationIds, 'missing'), { nil: undefined });

const choice = fc.record(
  {
    channels,
    cadence: fc.constantFrom(...cadences),
    at: fc.constantFrom('07:30', '23:00'),
    on: fc.constantFrom(...weekdays),
    fallback: fc.constantFrom('email' as const, 'none' as const),
    throttle: fc.constantFrom('none' as const, { limit: 1, minutes: 10 }, { limit: 3, minutes: 5 }),
  },
  { requiredKeys: [] },
);
const choices = fc.record({
  types: fc.dictionary(fc.constantFrom('report.ready', 'other'), choice),
  categories: fc.dictionary(fc.constantFrom('reports', 'other'), choice),
});
const quietHours = fc.array(
  fc.record({
    days: fc.uniqueArray(fc.constantFrom(...weekdays), { minLength: 1 }),
    from: fc.constantFrom('00:00', '22:00'),
    to: fc.constantFrom('07:00', '12:30'),
  }),
  { maxLength: 2 },
);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

const memberChoices = fc
  .tuple(choices, fc.boolean(), optional(quietHours), optional(fc.constantFrom(0, 4e12)))
  .chain(([chosen, slackOff, windows, pausedUntil]) =>
    optional(fc.constantFrom(...installationIds)).map((installationId) => ({
      ...{ ...chosen, slackOff, pausedUntil, installationId },
      ...(windows && { quietHours: windows }),
    })),
  );

const person = (memberId: string): fc.Arbitrary<Person> =>
  fc.record({
    memberId: fc.constant(memberId),
    // Some share an address or a Slack user: one person with two memberships.
    email: fc.constantFrom(`${memberId}@acme.test`, 'shared@acme.test'),
    name: fc.constant(memberId),
    active: fc.boolean(),
    links: fc.array(
      fc.record({
        installationId: fc.constantFrom(...installationIds, 'deleted'),
        status: fc.constantFrom(...linkStatuses),
        slackUserId: fc.constantFrom(`U1${memberId}`, `U2${memberId}`, 'U0SHARED'),
      }),
      { maxLength: 3 },
    ),
    timeZone: optional(fc.constantFrom('Europe/Paris', 'Asia/Kathmandu', 'Nowhere/AtAll')),
    choices: optional(memberChoices),
  });

export const context: fc.Arbitrary<TenantContext> = fc
  .record({
    people: fc.tuple(...memberIds.map((id) => optional(person(id)))),
    states: fc.array(fc.constantFrom(...installationStates), { maxLength: 3 }),
    scopes: optional(fc.subarray(['chat:write', 'mpim:write'])),
    defaults: optional(fc.tuple(choices, quietHours).map(([chosen, windows]) => ({ ...chosen, quietHours: windows }))),
  })
  .map(({ people, states, scopes, defaults }) => {
    const known = people.filter((p) => p !== undefined);
    return {
      members: new Map(known.map((p) => [p.memberId, p])),
      addresses: new Map(known.map((p) => [p.email, p])),
      installations: states
        .map((state, i) => ({ installationId: installationIds[i]!, teamId: `T${i}`, state, scopes }))
        .sort((a, b) => installationStates.indexOf(a.state) - installationStates.indexOf(b.state)),
      defaults,
    };
  });

export const audience = fc.oneof(
  fc.record({ member }),
  fc.record({ email: address }),
  fc.record({ channel: fc.constantFrom('C1', 'C2'), installation: somewhere }),
  fc.record({ members: fc.array(member, { minLength: 1, maxLength: 4 }), installation: somewhere }),
  fc.constant({ workflow: true as const }),
) as fc.Arbitrary<AudienceMember>;

export const type: fc.Arbitrary<NotificationType> = fc
  .record({
    ...{ mutable: fc.boolean(), emailFallback: fc.boolean(), excludeActor: fc.boolean(), channels },
    throttle: optional(fc.constant({ limit: 2, minutes: 10 })),
  })
  .map((given) =>
    typeOf({ ...given, channels: given.mutable || given.channels.length > 0 ? given.channels : ['slack'] }),
  );
