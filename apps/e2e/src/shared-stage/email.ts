// E-mail, in Slack's place and by itself.
import { describe, expect, test } from '@jest/globals';
import { idOf, publish, published, stage, team } from './context.ts';
import { until } from '../until.ts';

describe('when Slack refuses for good', () => {
  test('a type with that policy goes by e-mail instead', async () => {
    await stage.slack.fault({ method: 'chat.postMessage', team, kind: 'error', value: 'user_disabled', count: 1 });
    const id = await publish({ tenantId: 'acme', type: 'conversation.mention', to: [{ member: 'one' }] });
    await until('both outcomes', () => stage.outcomes.of(idOf(id)).length === 2);
    expect(stage.outcomes.of(idOf(id)).map(({ outcome, destination }) => [outcome, destination])).toEqual([
      ['failed', 'dm'],
      ['delivered', 'email'],
    ]);
    expect(
      stage.playground.mail
        .messages()
        .filter(({ to, subject }) => to.includes('one@shared.test') && subject.includes(id)),
    ).toHaveLength(1);
  });
});

describe('an e-mail', () => {
  test('says who it is from, and carries the way out; who takes it hears no more of that type by e-mail', async () => {
    const weekly = { tenantId: 'acme', type: 'digest.weekly', to: [{ member: 'two' }], body: '**Sales** & more' };
    const id = await published(weekly);
    const mail = stage.playground.mail.messages().find(({ subject }) => subject.includes(id))!;
    expect([mail.text, mail.html].map((part) => part.includes('Sales'))).toEqual([true, true]);
    expect(mail.headers['message-id']![0]).toContain(stage.outcomes.of(idOf(id))[0]!.deliveryId);
    const [, address] = /<(http[^>]+)>/.exec(mail.headers['list-unsubscribe']![0]!)!;
    const form = {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'List-Unsubscribe=One-Click',
    };
    expect((await fetch(address!, form)).ok).toBe(true);
    const after = await publish(weekly);
    await until('its outcome', () => stage.outcomes.of(idOf(after)).length > 0);
    expect(stage.outcomes.of(idOf(after))).toEqual([expect.objectContaining({ outcome: 'suppressed' })]);
  });
});
