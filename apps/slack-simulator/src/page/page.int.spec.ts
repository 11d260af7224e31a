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
  expect(html).not.toContain('<script>alert');
  expect(html.match(/<script/g)).toHaveLength(1);
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

test('nested lists keep their indent and their numbers; bold italic is both', async () => {
  const client = await slack.installed('chat:write');
  const item = (text: string) => ({
    type: 'rich_text_section' as const,
    elements: [{ type: 'text' as const, text }],
  });
  await client.chat.postMessage({
    channel: 'U0ADA',
    text: 'x',
    blocks: [
      {
        type: 'rich_text',
        elements: [
          { type: 'rich_text_list', style: 'ordered', elements: [item('one')] },
          { type: 'rich_text_list', style: 'bullet', indent: 1, elements: [item('below')] },
          { type: 'rich_text_list', style: 'ordered', ...{ offset: 1 }, elements: [item('two')] },
        ],
      },
      { type: 'markdown', text: '- top\n  - ***both*** and *slanted*\n1. first' },
      { type: 'section', text: { type: 'mrkdwn', text: '*_both_* and _*too*_\n    • deep' } },
    ],
  });
  const html = await page();
  expect(html).toContain(
    '<ol><li><span>one</span></li></ol><ul style="margin-left:1.5em"><li><span>below</span></li></ul>',
  );
  expect(html).toContain('<ol start="2"><li><span>two</span></li></ol>');
  expect(html).toContain('<div class="item" style="margin-left:1.2em">• <b><i>both</i></b> and <i>slanted</i></div>');
  expect(html).toContain('1. first');
  expect(html).toContain('<b><i>both</i></b> and <i><b>too</b></i><br>&nbsp;&nbsp;&nbsp;&nbsp;• deep');
});

test('the page refreshes itself with and without scripts, opens at the newest message and never scrolls sideways', async () => {
  const client = await slack.installed('chat:write');
  await client.chat.postMessage({ channel: 'C0GENERAL', text: 'first' });
  await client.chat.postMessage({ channel: 'C0GENERAL', text: 'x'.repeat(3_000) });
  const html = await page();
  expect(html).toContain('<noscript><meta http-equiv="refresh" content="5"></noscript>');
  expect(html).toMatch(/<script>[^<]*fetch\(location\.href/);
  expect(html).toMatch(/\.messages\{[^}]*flex-direction:column-reverse[^}]*overflow-y:auto/);
  expect(html).toMatch(/main\{[^}]*overflow-wrap:anywhere/);
  expect(html).toContain('<div class="messages" id="messages-T0ACME-C0GENERAL">');
});
