// Records on our own topics by somebody else, on a broker without ACLs.
import { notificationIdOf } from '@carillon/domain/ids';
import { describe, expect, test } from '@jest/globals';
import { acme, expectLetters, globex, produce, stage, titlesIn } from './context.ts';
import { forgedRecords } from './forged-records.ts';
import { record, source } from './valid-records.ts';
import { type Connected } from '../stage.ts';
import { until } from '../until.ts';

const post = async (service: 'installation', path: string, token: string): Promise<number> =>
  (
    await fetch(`${stage.playground.service(service).url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}` },
    })
  ).status;

describe('forged records on our own topics', () => {
  const delivered = 'forgery-original';
  const requested = 'carillon.notification.requested.v1';
  const idOf = (id: string): string => notificationIdOf('acme', source, id);
  const toAda = (id: string) =>
    record(requested, id, { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title: `To Ada ${id}` });
  const adaSees = async (id: string): Promise<number> =>
    (await stage.slack.messages({ team: 'T0ACME', user: 'U0ACMEADA' })).filter(
      (message) => !message.deleted && JSON.stringify(message).includes(`To Ada ${id}`),
    ).length;

  test('each is a dead letter of every reader, and nothing is posted', async () => {
    await produce([toAda(delivered)]);
    await stage.ended([idOf(delivered)]);
    const place = (connected: Connected) => ({
      installation: connected.installationId,
      channel: connected.channels[0]!,
      team: connected.teamId,
    });
    const forged = Object.entries(forgedRecords({ acme: place(acme), globex: place(globex), delivered })).map(
      ([kind, one]) => ({ kind, ...one }),
    );
    const placed = await produce(forged.map((one) => one.record));
    await expectLetters(
      forged.map(({ record: { topic }, ...expected }, n) => ({ ...expected, topic, placed: placed[n]! })),
    );
    for (const { failed, reason } of forged) {
      if (failed === undefined) continue;
      await until(`the failed outcome of ${failed}`, () =>
        stage.outcomes.of(idOf(failed)).some((one) => one.outcome === 'failed' && reason.test(one.reason ?? '')),
      );
    }
    expect((await stage.slack.messages()).filter((message) => JSON.stringify(message).includes('forged'))).toEqual([]);
    expect(await adaSees(delivered)).toBe(1);
  });

  test('a known id with other content is refused, and the first content stands', async () => {
    const [placed] = await produce([
      record(requested, delivered, {
        tenantId: 'acme',
        type: 'report.ready',
        to: [{ member: 'grace' }],
        title: 'Another content',
      }),
    ]);
    await expectLetters([
      { kind: 'a reused id', topic: requested, placed: placed!, reason: /^id_reused$/, detail: /other content/ },
    ]);
    expect(JSON.stringify(await stage.slack.messages())).not.toContain('Another content');
  });

  test('what is no outcome stops no reader of outcomes', async () => {
    const topic = 'carillon.notification.outcome.v1';
    await produce([
      { ...record(topic, 'no-outcome-1', {}), value: Buffer.from('{') },
      { ...record(topic, 'no-outcome-2', {}), value: null, headers: [] },
      record(topic, 'no-outcome-3', { notification: 7 }),
    ]);
    await produce([toAda('after-outcomes')]);
    await stage.ended([idOf('after-outcomes')]);
  });

  test("the true state still wins: what the product says of Ada next is applied, and so is globex's own disconnection", async () => {
    const ada = (version: number, active: boolean) =>
      record(
        'carillon.member.changed.v1',
        `ada-${version}`,
        { tenantId: 'acme', memberId: 'ada', email: 'ada@acme.test', name: 'Ada Lovelace', active, version },
        { key: 'acme:ada', ceSource: '/acme/people' },
      );
    const verdictOf = async (id: string): Promise<string | undefined> => {
      await produce([toAda(id)]);
      await until(`the outcome of ${id}`, () => stage.outcomes.of(idOf(id)).length > 0);
      return stage.outcomes.of(idOf(id))[0]?.reason ?? stage.outcomes.of(idOf(id))[0]?.outcome;
    };
    await produce([ada(2, false)]);
    await untilDecided('acme', { member: 'ada' }, 'suppress');
    expect(await verdictOf('while-inactive')).toBe('member_inactive');
    await produce([ada(3, true)]);
    await untilDecided('acme', { member: 'ada' }, 'send');
    expect(await verdictOf('active-again')).toBe('delivered');
    expect(await adaSees('active-again')).toBe(1);

    const toGlobex = (id: string) =>
      record(
        requested,
        id,
        { tenantId: 'globex', type: 'report.ready', to: [{ channel: globex.channels[0] }], title: `globex-${id}` },
        { ceSource: '/globex/app' },
      );
    const globexId = (id: string): string => notificationIdOf('globex', '/globex/app', id);
    await produce([toGlobex('1')]);
    await stage.ended([globexId('1')]);
    expect(await titlesIn(globex, 0, 'globex')).toEqual(['globex-1']);
    const token = await stage.playground.token({ tenant: 'globex', sub: 'admin', roles: ['security_admin'] });
    expect(await post('installation', `/v1/installations/${globex.installationId}/disconnect`, token)).toBeLessThan(
      300,
    );
    await untilDecided('globex', { channel: globex.channels[0] }, 'suppress');
    await produce([toGlobex('2')]);
    await until('its outcome', () => stage.outcomes.of(globexId('2')).length > 0);
    expect(stage.outcomes.of(globexId('2'))[0]).toMatchObject({
      outcome: 'suppressed',
      reason: 'installation_disconnected',
    });
  });

  /** Until preferences would decide so: the product's record went through directory-sync to it. */
  async function untilDecided(tenant: string, to: object, verdict: string): Promise<void> {
    const token = await stage.playground.token({ tenant, sub: 'admin', roles: ['admin'] });
    await until(`preferences to decide ${verdict}`, async () => {
      const response = await fetch(`${stage.playground.service('preferences').url}/v1/explain`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ type: 'report.ready', title: 'Asked', to: [to] }),
      });
      const { recipients = [] } = (await response.json()) as { recipients?: { verdict: string }[] };
      return recipients[0]?.verdict === verdict;
    });
  }
});
