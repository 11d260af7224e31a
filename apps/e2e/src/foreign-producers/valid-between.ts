// What became of the valid records between all the others.
import { notificationIdOf } from '@carillon/domain/ids';
import { describe, expect, test } from '@jest/globals';
import {
  acme,
  letters,
  produce,
  productTopic,
  rejectedNumber,
  stage,
  target,
  titlesIn,
  untilSeen,
  valid,
  validAt,
} from './context.ts';
import { record, request, retractable, source } from './valid-records.ts';
import { until } from '../until.ts';

describe('after all of that', () => {
  test('every valid request was delivered once, in the order of its key', async () => {
    await untilSeen(
      acme,
      0,
      'chain',
      valid.requested.map((n) => `chain-${n}`),
    );
  });

  test('every valid member is known, and no other', async () => {
    const expected = valid.member.map((n) => `foreign-${n}: Foreign ${n}`).sort();
    const known = async (): Promise<string[]> =>
      (await people('foreign-')).map(({ memberId, name }) => `${memberId}: ${name}`).sort();
    await until('the members', async () => (await known()).length >= expected.length).catch(() => undefined);
    expect(await known()).toEqual(expected);
  });

  test('every valid retraction holds, and no other', async () => {
    const topic = productTopic.requested.name;
    const ids = [...valid.retracted, rejectedNumber].map((n) => retractable(n));
    await produce(ids.map((id) => record(topic, id, request(target(1), `${id}`, 'retracted'))));
    const outcomes = (): (string | undefined)[] =>
      ids.map((id) => stage.outcomes.of(notificationIdOf('acme', source, id))[0]?.outcome);
    await until('an outcome of each', () => outcomes().every((outcome) => outcome !== undefined));
    expect(outcomes()).toEqual([...valid.retracted.map(() => 'cancelled'), 'delivered']);
    expect(await titlesIn(acme, 1, 'retractable')).toEqual([retractable(rejectedNumber)]);
  });

  test('no valid record is in the dead letters', () => {
    const refused = validAt.filter(
      ({ topic, placed }) => placed.error !== undefined || letters.of(topic, placed).length > 0,
    );
    expect(refused).toEqual([]);
    expect(validAt.length).toBeGreaterThan(90);
  });
});

async function people(q: string): Promise<{ memberId: string; name: string; email: string }[]> {
  const token = await stage.playground.token({ tenant: 'acme', sub: 'admin', roles: ['admin'] });
  const response = await fetch(`${stage.playground.service('directory-sync').url}/v1/people?limit=200&q=${q}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return ((await response.json()) as { items: { memberId: string; name: string; email: string }[] }).items;
}
