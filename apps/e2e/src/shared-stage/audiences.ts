// Notifications to many, to nobody, and to an installation that is gone for a while.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { deadLetterNameOf, notificationRequested } from '@carillon/domain';
import { ada, delivery, everythingOn, idOf, operator, report, seenBy, stage } from './context.ts';
import { until } from '../until.ts';

describe('an audience', () => {
  test('a channel, a group of members and a person twice: each hears it once', async () => {
    const id = randomUUID();
    const to = [
      { channel: 'C0ACMEREPORTS' },
      { members: ['grace', 'ada'] },
      { member: 'ada' },
      { email: 'ada@acme.test' },
    ];
    await stage.product.publish([
      { id, data: report({ to, title: `Report ${id}`, actions: [{ id: 'reload', label: 'Reload' }] }) },
    ]);
    await until('three outcomes', () => stage.outcomes.of(idOf(id)).length === 3);
    expect(
      stage.outcomes
        .of(idOf(id))
        .map(({ recipient, outcome }) => `${recipient} ${outcome}`)
        .sort(),
    ).toEqual(['channel:T0ACME:C0ACMEREPORTS delivered', 'group:ada,grace delivered', 'member:ada delivered']);
    const seen = (await stage.slack.messages({ team: 'T0ACME' })).filter((message) =>
      JSON.stringify(message).includes(id),
    );
    expect(seen).toHaveLength(3);
    expect(JSON.stringify(seen[0])).toContain('Reload');
  });

  test('a thousand members in one request are all decided', async () => {
    const id = randomUUID();
    const to = Array.from({ length: 1_000 }, (_, n) => ({ member: `nobody-${n}` }));
    await stage.product.publish([{ id, data: report({ to, title: `Report ${id}` }) }]);
    const timeline = await until('all decisions', async () => {
      const found = await stage.timeline(idOf(id));
      return found && found.decisions.length === 1_000 && found;
    });
    expect(new Set(timeline.decisions.flatMap((decision) => decision.reasons.map(({ code }) => code)))).toContain(
      'unknown_member',
    );
  });

  test('a notification that nobody hears has an outcome with the reason', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ to: [] }) }]);
    await until('the outcome', () =>
      stage.outcomes.of(idOf(id)).some(({ outcome, reason }) => outcome === 'suppressed' && reason === 'nobody'),
    );
  });

  test('a value that no database can hold is refused by its name, and the next record is delivered', async () => {
    const poison = randomUUID();
    const id = randomUUID();
    await stage.product.publish([
      { id: poison, data: report({ orderingKey: poison, expiresAt: '2027-01-01T00:00:00+20:00' }) },
      { id, data: report({ orderingKey: poison, title: `Report ${id}` }) },
    ]);
    await stage.ended([idOf(id)]);
    const dead = (await everythingOn(deadLetterNameOf(notificationRequested))).find(
      (record) => String(record.key) === poison,
    );
    expect(String(dead?.headers['dlq_detail'])).toContain('expiresAt');
  });
});

const lostWarning = 'Slack no longer accepts the installation';

describe('an installation', () => {
  test('that Slack removed keeps what waits, is loud about it, and sends it when it is connected again', async () => {
    const { installationId } = stage.playground.tenant!;
    await stage.slack.uninstall('T0ACME');
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ title: `Report ${id}` }) }]);
    await until('the delivery to wait for the installation', async () => {
      const timeline = await stage.timeline(idOf(id));
      return timeline?.decisions[0]?.deliveries[0]?.waitingFor?.includes('reconnected');
    });
    expect(stage.outcomes.of(idOf(id))).toEqual([]);
    const lane = await delivery<{ blockedInstallations: object[] }>('GET', 'lanes/T0ACME', { as: operator });
    expect(lane.body.blockedInstallations).toEqual([{ id: installationId, reason: 'installation_lost', waiting: 1 }]);
    for (const name of ['installation', 'delivery'] as const) {
      const lines = readFileSync(stage.playground.service(name).logFile, 'utf8').split('\n');
      const warnings = lines.filter((line) => line.includes(lostWarning) && line.includes(installationId));
      expect(warnings.map((line) => (JSON.parse(line) as { level: string }).level)).toEqual(['warn']);
    }
    await stage.playground.connectWorkspace({ tenant: 'acme', teamId: 'T0ACME', profile: 'full', installationId });
    await stage.ended([idOf(id)]);
    expect(await seenBy(ada, id)).toBe(1);
  });
});
