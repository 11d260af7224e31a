import { expect, test } from '@jest/globals';
import { useSimulator } from '../testing/fixture.ts';

const slack = useSimulator();
const page = async (query = '') => (await fetch(`${slack.url}/${query}`)).text();

test('the page shows workspaces, channels, direct messages and messages as Slack draws them', async () => {
  const client = await slack.installed('chat:write');
  await client.chat.postMessage({
    channel: 'U0ADA',
    text: 'fallback',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: 'Report ready' } },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '*Sales*: 42 for <@U0BEN> in <#C0GENERAL> <https://app.example/r/1|Open>' },
        fields: [{ type: 'mrkdwn', text: '_field_' }],
      },
      {
        type: 'actions',
        elements: [{ type: 'button', style: 'primary', text: { type: 'plain_text', text: 'Reload' }, action_id: 'r' }],
      },
    ],
  });
  const html = await page();
  expect(html).toContain('<h3>Report ready</h3>');
  expect(html).toContain(
    '<b>Sales</b>: 42 for <span class="mention">@Ben Miller</span> in <span class="mention">#general</span> <a href="https://app.example/r/1" rel="noreferrer">Open</a>',
  );
  expect(html).toContain('<i>field</i>');
  expect(html).toContain('<span class="button primary">Reload</span>');
  expect(html).toContain('Ada Lovelace');
  expect(html).toContain('#general');
  expect(html).not.toContain('fallback');
});

test('nothing that an app or a test sends becomes markup or script', async () => {
  const evil = '<script>alert(1)</script><javascript:alert(1)|x> "&lt;b&gt;"';
  await slack.control('POST', 'workspaces', { id: 'T0ACME', name: evil, users: [{ id: 'U0ADA', name: evil }] });
  const client = await slack.installed('chat:write,chat:write.customize');
  await client.chat.postMessage({ channel: 'U0ADA', text: evil, username: evil });
  await client.chat.postMessage({
    channel: 'U0ADA',
    text: 'x',
    blocks: [{ type: 'image', image_url: 'javascript:alert(1)', alt_text: '"><script>' }],
  });
  const html = await page();
  expect(html).not.toContain('<script');
  expect(html).not.toContain('href="javascript');
  expect(html).not.toContain('src="javascript');
  expect(html).not.toContain('<b>"');
});

test('one conversation is shown alone when asked for, with deleted messages marked', async () => {
  const client = await slack.installed('chat:write');
  const { channel = '', ts = '' } = await client.chat.postMessage({ channel: 'C0GENERAL', text: 'in general' });
  await client.chat.postMessage({ channel: 'C0TEAM', text: 'in team' });
  await client.chat.delete({ channel, ts });
  const html = await page('?team=T0ACME&channel=C0GENERAL');
  expect(html).toContain('This message was deleted.');
  expect(html).not.toContain('in team');
});
