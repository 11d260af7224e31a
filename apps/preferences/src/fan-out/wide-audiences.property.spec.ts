// The steps in which an audience is found, for random audiences and random people.
import { expect, test } from '@jest/globals';
import { wideKindOf, type AudienceMember, type WideAudience } from '@carillon/domain';
import fc from 'fast-check';
import { typeOf } from '../testing/context-fixtures.ts';
import { elsewhereOf, stepsOf, wideFault, wideOf, type Elsewhere, type Step } from './wide-audiences.ts';

interface Someone {
  member: string;
  address: string;
  roles: string[];
  topics: string[];
}

const names = ['a', 'b', 'c'];
const name = fc.constantFrom(...names);
const audience = fc.oneof<fc.Arbitrary<AudienceMember>[]>(
  fc.record({ member: name }),
  fc.record({ email: name.map((id) => `${id}@Acme.test`) }),
  fc.record({ topic: name }),
  fc.record({ role: name }),
  fc.constant({ everyone: true as const }),
);
const someone: fc.Arbitrary<Someone> = fc
  .record({ member: name, roles: fc.subarray(names), topics: fc.subarray(names) })
  .map((one) => ({ ...one, address: `${one.member}@acme.test` }));

const finds = (step: Step, { roles, topics }: Someone): boolean =>
  step.find === 'members' ||
  (step.find === 'followers' && topics.includes(step.topic)) ||
  (step.find === 'members_with_role' && roles.includes(step.role));
const isElsewhere = (elsewhere: Elsewhere, { member, address, roles, topics }: Someone): boolean =>
  elsewhere.members.includes(member) ||
  elsewhere.addresses.includes(address) ||
  topics.some((topic) => elsewhere.topics.includes(topic)) ||
  roles.some((role) => elsewhere.roles.includes(role));
const reaches = (wide: WideAudience, { roles, topics }: Someone): boolean =>
  'everyone' in wide || ('topic' in wide ? topics.includes(wide.topic) : roles.includes(wide.role));

test('whoever belongs to an audience is found in one step, and in none where the request names them', () => {
  fc.assert(
    fc.property(fc.array(audience, { maxLength: 8 }), someone, (to, person) => {
      const steps = stepsOf(wideOf(to));
      const found = steps.filter(
        (step, at) => finds(step, person) && !isElsewhere(elsewhereOf(to, steps.slice(0, at)), person),
      );
      const named = to.some(
        (one) =>
          ('member' in one && one.member === person.member) ||
          ('email' in one && one.email.toLowerCase() === person.address),
      );
      const belongs = !named && wideOf(to).some((wide) => reaches(wide, person));
      expect(found.length).toBe(belongs ? 1 : 0);
    }),
  );
});

test('each channel that follows is found in one step of its topic', () => {
  fc.assert(
    fc.property(fc.array(audience, { maxLength: 8 }), (to) => {
      const topics = stepsOf(wideOf(to)).flatMap((step) => (step.find === 'channels' ? [step.topic] : []));
      expect(topics.sort()).toEqual([...new Set(to.flatMap((one) => ('topic' in one ? [one.topic] : [])))].sort());
    }),
  );
});

test('a fault names the place of an audience that the type does not go to, and there is one where there is such', () => {
  fc.assert(
    fc.property(
      fc.array(audience, { maxLength: 8 }),
      fc.subarray(['topic', 'role', 'everyone'] as const),
      (to, allowed) => {
        const kinds = to.map(wideKindOf);
        const place = kinds.findIndex((kind) => kind !== undefined && !allowed.includes(kind));
        const fault = wideFault(to, typeOf({ wideAudiences: allowed }));
        expect(fault?.path).toBe(place < 0 ? undefined : `to[${place}].${kinds[place]}`);
      },
    ),
  );
});

test('a request may name 20 of them, not more', () => {
  const many = Array.from({ length: 21 }, (_, n) => ({ topic: `t${n}` }));
  expect(wideFault(many.slice(0, 20), typeOf())).toBeUndefined();
  expect(wideFault(many, typeOf())?.path).toBe('to[20]');
});
