import { describe, expect, test } from '@jest/globals';
import { RefusalCounter, type CountedRefusal } from './refusals.ts';

const caller = (id: string, tenantId = 'acme'): CountedRefusal['caller'] => ({
  actor: { kind: 'member', id, roles: ['member'] },
  tenantId,
});
const refusal = { route: 'POST /v1/tokens', reason: 'role', status: 403 };

function counter(intervalMs = 60_000): {
  refusals: RefusalCounter;
  written: CountedRefusal[][];
  fail: (times: number) => void;
} {
  const written: CountedRefusal[][] = [];
  let failures = 0;
  const write = (counted: CountedRefusal[]): Promise<void> => {
    if (failures-- > 0) return Promise.reject(new Error('no database'));
    written.push(counted);
    return Promise.resolve();
  };
  return { refusals: new RefusalCounter({ write, intervalMs }), written, fail: (times) => (failures = times) };
}

describe('refused requests', () => {
  test('of one caller, route and reason are one entry with how many there were', async () => {
    const { refusals, written } = counter();
    for (let n = 0; n < 10_000; n++) refusals.add(caller('ada'), refusal);
    refusals.add(caller('ada'), { ...refusal, reason: 'tenant' });
    refusals.add(caller('bob'), refusal);
    await refusals.flush();
    expect(
      written.flat().map(({ caller: { actor }, refusal: { reason }, count }) => [actor.id, reason, count]),
    ).toEqual([
      ['ada', 'role', 10_000],
      ['ada', 'tenant', 1],
      ['bob', 'role', 1],
    ]);
  });

  test('are written by themselves when the interval is over', async () => {
    const written = await new Promise<CountedRefusal[]>((resolve) => {
      new RefusalCounter({ write: (counted) => Promise.resolve(resolve(counted)), intervalMs: 10 }).add(
        caller('ada'),
        refusal,
      );
    });
    expect(written).toHaveLength(1);
  });

  test('of a caller that makes up routes end in a count; another tenant still has its own entries', async () => {
    const { refusals, written } = counter();
    for (let n = 0; n < 5_000; n++) refusals.add(caller('mallory', 'evil'), { ...refusal, route: `GET /v1/${n}` });
    refusals.add(caller('ada'), refusal);
    await refusals.flush();
    const evil = written.flat().filter((one) => one.caller.tenantId === 'evil');
    expect(evil).toHaveLength(51);
    expect(evil.at(-1)).toMatchObject({ caller: { actor: { kind: 'system' } }, refusal: { route: '*' }, count: 4_950 });
    expect(written.flat().filter((one) => one.caller.tenantId === 'acme')).toHaveLength(1);
  });

  test('of made-up tenants are bounded too', async () => {
    const { refusals, written } = counter();
    for (let n = 0; n < 20_000; n++) refusals.add(caller('mallory', `tenant-${n}`), refusal);
    await refusals.flush();
    expect(written.flat().length).toBeLessThanOrEqual(2_001);
    expect(written.flat().reduce((sum, { count }) => sum + count, 0)).toBe(20_000);
  });

  test('that could not be written are kept and counted on', async () => {
    const { refusals, written, fail } = counter();
    fail(1);
    refusals.add(caller('ada'), refusal);
    await refusals.flush();
    refusals.add(caller('ada'), refusal);
    await refusals.flush();
    expect(written.flat()).toMatchObject([{ count: 2 }]);
  });
});
