// What a product is promised of one notification: one message, one outcome, and a reason for everything else.
import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import { deadLetterNameOf, notificationRequested } from '@carillon/domain';
import { ada, everythingOn, idOf, report, seenBy, stage } from './context.ts';
import { until } from '../until.ts';

describe('a notification', () => {
  test('one event gives one DM, and one outcome', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ title: `Report ${id}` }) }]);
    await stage.ended([idOf(id)]);
    expect(await seenBy(ada, id)).toBe(1);
    expect(stage.outcomes.of(idOf(id))).toEqual([
      expect.objectContaining({ outcome: 'delivered', recipient: 'member:ada', attempts: 1, possibleDuplicate: false }),
    ]);
  });

  test('the same event twice gives one DM', async () => {
    const id = randomUUID();
    const event = { id, data: report({ title: `Report ${id}` }) };
    await stage.product.publish([event, event]);
    await stage.ended([idOf(id)]);
    await stage.product.publish([event]);
    const after = randomUUID();
    await stage.product.publish([{ id: after, data: report({ orderingKey: id, title: `Report ${after}` }) }]);
    await stage.ended([idOf(after)]);
    expect(await seenBy(ada, id)).toBe(1);
    expect(stage.outcomes.of(idOf(id))).toHaveLength(1);
  });

  test('a malformed record reaches the dead-letter topic byte for byte, and the next record is delivered', async () => {
    const key = `poison-${randomUUID()}`;
    const value = Buffer.concat([Buffer.from('{"tenantId": "acme", oops '), randomBytes(64)]);
    const headers = {
      ce_specversion: Buffer.from('1.0'),
      ce_id: Buffer.from(key),
      ce_source: Buffer.from('/x'),
      odd: Buffer.from([0, 255, 1]),
    };
    await stage.product.publishRaw(key, value, headers);
    const id = randomUUID();
    // The same key puts it behind the malformed one.
    await stage.product.publish([{ id, data: report({ title: `Report ${id}`, orderingKey: key }) }]);
    await stage.ended([idOf(id)]);
    expect(await seenBy(ada, id)).toBe(1);
    const dead = await until('the dead letter', async () =>
      (await everythingOn(deadLetterNameOf(notificationRequested))).find((record) => String(record.key) === key),
    );
    expect(dead.value!.equals(value)).toBe(true);
    for (const [name, bytes] of Object.entries(headers)) expect(bytes.equals(dead.headers[name] as Buffer)).toBe(true);
    expect(String(dead.headers['dlq_reason'])).not.toBe('');
  });

  test('a wrong field is named, in the dead letter and in a failed outcome', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ priority: 'yesterday', title: 'x' }) }]);
    const dead = await until('the dead letter', async () =>
      (await everythingOn(deadLetterNameOf(notificationRequested))).find((record) => String(record.key) === id),
    );
    expect(String(dead.headers['dlq_detail'])).toContain('priority');
    await until('the failed outcome', () => stage.outcomes.of(idOf(id)).some(({ outcome }) => outcome === 'failed'));
  });

  test('an unknown type fails by name and stops nothing', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ type: 'no.such.type' }) }]);
    await until('the failed outcome', () =>
      stage.outcomes.of(idOf(id)).some(({ reason }) => reason === 'unknown_type'),
    );
  });

  test('a member who is not linked gets a suppressed decision with the reason, visible in the timeline', async () => {
    const id = randomUUID();
    await stage.product.publish([{ id, data: report({ to: [{ member: 'emmy' }], title: `Report ${id}` }) }]);
    const timeline = await until('the timeline', () => stage.timeline(idOf(id)));
    expect(timeline.decisions).toEqual([
      expect.objectContaining({ recipient: 'member:emmy', verdict: 'suppress', deliveries: [] }),
    ]);
    expect(timeline.decisions[0]!.reasons).toContainEqual(expect.objectContaining({ code: 'not_linked' }));
    await until('the suppressed outcome', () =>
      stage.outcomes.of(idOf(id)).some(({ outcome }) => outcome === 'suppressed'),
    );
  });

  test('an address is the linked member, or else gets an e-mail', async () => {
    const linked = randomUUID();
    const stranger = randomUUID();
    await stage.product.publish([
      { id: linked, data: report({ to: [{ email: 'GRACE@acme.test' }], title: `Report ${linked}` }) },
      { id: stranger, data: report({ to: [{ email: 'visitor@elsewhere.test' }], title: `Report ${stranger}` }) },
    ]);
    await stage.ended([idOf(linked), idOf(stranger)]);
    expect(await seenBy({ team: 'T0ACME', user: 'U0ACMEGRACE' }, linked)).toBe(1);
    const mails = await (await fetch(`${stage.playground.mail.url}/messages`)).json();
    expect(JSON.stringify(mails)).toContain(stranger);
  });

  test('a preference changed between two resolutions of the same request sends nothing by a second way', async () => {
    const id = randomUUID();
    const event = { id, data: report({ to: [{ member: 'alan' }], title: `Report ${id}` }) };
    await stage.product.publish([event]);
    await stage.ended([idOf(id)]);
    const token = await stage.playground.token({ tenant: 'acme', sub: 'alan', roles: ['member'] });
    const changed = await fetch(`${stage.playground.service('preferences').url}/v1/members/me/preferences`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ types: { 'report.ready': ['email'] } }),
    });
    expect([changed.status, await changed.text()]).toEqual([200, expect.anything()]);
    const after = randomUUID();
    await stage.product.publish([
      event,
      { id: after, data: report({ to: [{ member: 'alan' }], title: `Report ${after}`, orderingKey: id }) },
    ]);
    await stage.ended([idOf(after)]);
    const mails = JSON.stringify(await (await fetch(`${stage.playground.mail.url}/messages`)).json());
    // The new preference is in force, and the old notification was not told a second time by it.
    expect(mails).toContain(after);
    expect(mails).not.toContain(id);
    expect(await seenBy({ team: 'T0ACME', user: 'U0ACMEALAN' }, id)).toBe(1);
  });
});
