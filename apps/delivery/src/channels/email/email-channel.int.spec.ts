// What a mail server gets from the e-mail channel.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { readUnsubscribeToken } from '@carillon/domain/unsubscribe-token';
import { always, channelOn, delivery, deliveryId, key } from '../../testing/email-stage.ts';
import { startMailServer, type MailServer } from '../../testing/mail-server.ts';
import type { EmailChannel } from './email-channel.ts';

jest.setTimeout(30_000);

let server: MailServer;
let channel: EmailChannel;

beforeEach(async () => {
  server = await startMailServer();
  channel = channelOn(server.url);
});

afterEach(async () => {
  channel.close();
  await server.close();
});

describe('what arrives', () => {
  test('says who it is from and for, what it is, and no more', async () => {
    const end = await channel.send(
      delivery('ada@acme.test', { mutable: true, threadSlot: '018f3c1e-0000-5000-8000-00000000000a' }),
      always,
    );
    expect(end).toMatchObject({ kind: 'delivered' });
    const [mail] = server.taken;
    expect(mail).toMatchObject({
      subject: 'Report ready',
      messageId: `<${deliveryId}@acme.test>`,
      from: { text: '"Acme, Inc." <notify@acme.test>' },
      replyTo: { text: 'help@acme.test' },
      to: { text: '"Ada" <ada@acme.test>' },
    });
    const names = mail!.headerLines.map((header) => header.key);
    expect(names.filter((name) => name.startsWith('x-') || name === 'feedback-id')).toEqual([]);
    expect(names).toEqual(
      expect.arrayContaining(['auto-submitted', 'in-reply-to', 'references', 'date', 'mime-version']),
    );
    expect(mail!.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail!.text).toContain('Report ready');
    expect(mail!.html).toContain('<h1');
  });

  test('says which type it is of by its title, or by its key where the record had no title', async () => {
    for (const typeTitle of ['Finished reports', null])
      await channel.send(delivery('ada@acme.test', { typeTitle }), always);
    for (const part of ['text', 'html'] as const)
      expect(server.taken.map((mail) => /because Acme tells you about “(.*?)”/.exec(String(mail[part]))?.[1])).toEqual([
        'Finished reports',
        'report.ready',
      ]);
  });

  test('can be turned off with one click where the type can be turned off, and says how in both parts', async () => {
    await channel.send(delivery('ada@acme.test', { mutable: true }), always);
    const [mail] = server.taken;
    const header = mail!.headerLines.find((line) => line.key === 'list-unsubscribe')?.line.replace(/\s+/g, ' ') ?? '';
    const [, url = '', token = ''] =
      /^List-Unsubscribe: <(https:\/\/carillon\.test\/v1\/unsubscribe\/([^>]+))>$/.exec(header) ?? [];
    expect(readUnsubscribeToken(key, token)).toEqual({
      tenantId: 'acme',
      recipient: 'member:ada',
      type: 'report.ready',
    });
    expect(mail!.headerLines.find((line) => line.key === 'list-unsubscribe-post')?.line).toBe(
      'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
    );
    expect(mail!.text).toContain(url);
    expect(mail!.html).toContain(`href="${url}"`);
    for (const given of [{ mutable: false }, {}]) await channel.send(delivery('ada@acme.test', given), always);
    for (const other of server.taken.slice(1)) {
      expect(other.headerLines.map((line) => line.key).join()).not.toContain('list-unsubscribe');
      expect(other.text).not.toContain('unsubscribe');
    }
  });

  test('a tenant without a sender writes as the platform', async () => {
    await channel.send(delivery('ada@acme.test', { tenantId: 'globex' }), always);
    expect(server.taken[0]).toMatchObject({
      from: { text: '"Carillon" <carillon@platform.test>' },
      messageId: `<${deliveryId}@platform.test>`,
    });
    expect(server.taken[0]).not.toHaveProperty('replyTo');
  });

  test('messages of one thread refer to one message id of the recipient, and those of another to another', async () => {
    for (const threadSlot of ['slot-1', 'slot-1', 'slot-2', 'slot-3']) {
      await channel.send(delivery('ada@acme.test', { threadSlot }), always);
    }
    const roots = server.taken.map((mail) => mail.inReplyTo);
    expect(roots[0]).toMatch(/^<[\w-]+@acme\.test>$/);
    expect(roots[1]).toBe(roots[0]);
    expect(new Set(roots).size).toBe(3);
    expect(server.taken.map((mail) => mail.references)).toEqual(roots);
  });

  test('files are attached byte by byte under plain names and types; nothing is read from disk or net', async () => {
    const bytes = Buffer.from([0, 255, 10, 13, 46, 10, 46, 13, 10]);
    const base64 = bytes.toString('base64');
    const files = [
      { name: 'größe.bin', contentType: 'application/pdf', base64 },
      { name: '../../etc/passwd\r\nX-Evil: 1', contentType: 'text/html; x="\r\nX-Evil: 1"', base64 },
      { name: 'inner', contentType: 'message/rfc822', base64 },
      { name: 'linked.pdf', contentType: 'application/pdf', url: 'https://files.test/linked.pdf' },
    ];
    await channel.send(delivery('ada@acme.test', { content: { title: 'x', files } }), always);
    const [mail] = server.taken;
    expect(mail!.attachments.map(({ filename, contentType }) => [filename, contentType])).toEqual([
      ['größe.bin', 'application/pdf'],
      ['.._.._etc_passwd X-Evil: 1', 'text/html'],
      ['inner', 'application/octet-stream'],
    ]);
    for (const { content } of mail!.attachments) expect(content).toEqual(bytes);
    expect(mail!.headers.has('x-evil')).toBe(false);
    expect(mail!.text).toContain('linked.pdf <https://files.test/linked.pdf>');
  });

  test('a title or a name adds no header and no recipient', async () => {
    const content = { title: 'Hello\r\nBcc: eve@evil.test\r\n\r\nbody' };
    await channel.send(
      delivery('ada@acme.test', {
        content,
        destination: { kind: 'email', address: 'ada@acme.test', name: 'A>, <eve@evil.test>\r\nCc: x@y.test' },
      }),
      always,
    );
    expect(server.recipients).toEqual(['ada@acme.test']);
    expect(server.taken[0]!.headers.has('bcc')).toBe(false);
    expect(server.taken[0]!.headers.has('cc')).toBe(false);
  });
});

test('more at once than there are connections are all sent, each once', async () => {
  const ends = await Promise.all(
    Array.from({ length: 40 }, (_, i) => channel.send(delivery(`p${i}@acme.test`), always)),
  );
  expect(ends.every(({ kind }) => kind === 'delivered')).toBe(true);
  expect(new Set(server.recipients).size).toBe(40);
  expect(server.taken).toHaveLength(40);
});
