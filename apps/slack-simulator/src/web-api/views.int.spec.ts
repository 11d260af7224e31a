import { expect, test } from '@jest/globals';
import { refusal, useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();
const home = { type: 'home' as const, blocks: [{ type: 'divider' as const }] };

test('a Home tab is published per person, and a stale hash is told', async () => {
  const client = await slack.installed('chat:write');
  const first = await client.views.publish({ user_id: 'U0ADA', view: home });
  await client.views.publish({ user_id: 'U0ADA', view: home, hash: first.view?.hash ?? '' });
  expect(await refusal(client.views.publish({ user_id: 'U0ADA', view: home, hash: first.view?.hash ?? '' }))).toBe(
    'hash_conflict',
  );
  expect(await refusal(client.views.publish({ user_id: 'U0NOBODY', view: home }))).toBe('user_not_found');
});

test('a modal opens with a trigger that Slack gave, once', async () => {
  const client = await slack.installed('chat:write');
  const modal = {
    type: 'modal' as const,
    title: { type: 'plain_text' as const, text: 'Ask' },
    blocks: [{ type: 'divider' as const }],
  };
  expect(await refusal(client.views.open({ trigger_id: 'made.up', view: modal }))).toBe('invalid_trigger_id');
  const { payload } = await slack.control<{ payload: { trigger_id: string } }>('POST', 'interactions', {
    team: 'T0ACME',
    user: 'U0ADA',
    url: `${slack.url}/healthz`,
  });
  expect(await refusal(client.views.open({ trigger_id: payload.trigger_id, view: modal }))).toBe('ok');
  expect(await refusal(client.views.open({ trigger_id: payload.trigger_id, view: modal }))).toBe(
    'exchanged_trigger_id',
  );
});
