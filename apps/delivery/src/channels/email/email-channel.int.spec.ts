// Handing over to a mail server that takes, refuses, hesitates and disappears.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { readUnsubscribeToken } from '@carillon/domain/unsubscribe-token';
import { startMailServer, type MailServer, type Fault } from '../../testing/mail-server.ts';
import { until } from '@carillon/messaging/testing';
import type { Claimed } from '../../ledger/claims.ts';
import { claimed } from '../../testing/claimed.ts';
import type { SendGuard } from '../channel.ts';
import { EmailChannel, type EmailSettings } from './email-channel.ts';
import { Senders } from './senders.ts';

jest.setTimeout(30_000);

const deliveryId = '018f3c1e-0000-5000-8000-000000000001';
const key = 'k'.repeat(32);
const guard = (granted: boolean): SendGuard => ({
  canSend: () => granted,
  reserve: () => 0,
  signal: new AbortController().signal,
});
const always = guard(true);

let server: MailServer;
let channel: EmailChannel;

const channelOn = (smtpUrl: string, given: Partial<EmailSettings> = {}): EmailChannel =>
  new EmailChannel({
    smtpUrl,
    timeoutMs: 5_000,
    senders: new Senders('Carillon <carillon@platform.test>', [
      { id: 'acme', name: 'Acme', mail: { from: '"Acme, Inc." <notify@acme.test>', replyTo: 'help@acme.test' } },
      { id: 'globex', name: 'Globex' },
    ]),
    unsubscribing: { key, url: 'https://carillon.test/' },
    ...given,
  });

const delivery = (to: string, given: Partial<Claimed> = {}): Claimed =>
  claimed({
    deliveryId,
    lane: 'email:acme',
    channel: to,
    destination: { kind: 'email', address: to, name: 'Ada' },
    content: { title: 'Report ready' },
    mutable: false,
    ...given,
  });

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
    const end = await channel.deliver(
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
      await channel.deliver(delivery('ada@acme.test', { typeTitle }), always);
    for (const part of ['text', 'html'] as const)
      expect(server.taken.map((mail) => /because Acme tells you about “(.*?)”/.exec(String(mail[part]))?.[1])).toEqual([
        'Finished reports',
        'report.ready',
      ]);
  });

  test('can be turned off with one click where the type can be turned off, and says how in both parts', async () => {
    await channel.deliver(delivery('ada@acme.test', { mutable: true }), always);
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
    for (const given of [{ mutable: false }, {}]) await channel.deliver(delivery('ada@acme.test', given), always);
    for (const other of server.taken.slice(1)) {
      expect(other.headerLines.map((line) => line.key).join()).not.toContain('list-unsubscribe');
      expect(other.text).not.toContain('unsubscribe');
    }
  });

  test('a tenant without a sender writes as the platform', async () => {
    await channel.deliver(delivery('ada@acme.test', { tenantId: 'globex' }), always);
    expect(server.taken[0]).toMatchObject({
      from: { text: '"Carillon" <carillon@platform.test>' },
      messageId: `<${deliveryId}@platform.test>`,
    });
    expect(server.taken[0]).not.toHaveProperty('replyTo');
  });

  test('messages of one thread refer to one message id of the recipient, and those of another to another', async () => {
    for (const threadSlot of ['slot-1', 'slot-1', 'slot-2', 'slot-3']) {
      await channel.deliver(delivery('ada@acme.test', { threadSlot }), always);
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
    await channel.deliver(delivery('ada@acme.test', { content: { title: 'x', files } }), always);
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
    await channel.deliver(
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

describe("the mail server's answer", () => {
  test.each<[string, Fault, string, string]>([
    ['no such mailbox', { at: 'rcpt', does: '550 5.1.1 no such user' }, 'refused', 'mailbox_not_found'],
    [
      'no such mailbox, without an enhanced code',
      { at: 'rcpt', does: '550 no such user' },
      'refused',
      'mailbox_not_found',
    ],
    ['a domain that takes no mail', { at: 'rcpt', does: '556 5.1.10 null MX' }, 'refused', 'domain_not_found'],
    ['a full mailbox, for good', { at: 'dot', does: '552 5.2.2 over quota' }, 'refused', 'mailbox_full'],
    ['a full mailbox, for now', { at: 'rcpt', does: '452 4.2.2 over quota' }, 'retry', 'mailbox_full'],
    ['no relaying', { at: 'rcpt', does: '554 5.7.1 Relay access denied' }, 'refused', 'relay_denied'],
    ['a policy', { at: 'dot', does: '550 5.7.26 DMARC check failed' }, 'refused', 'blocked'],
    ['too big', { at: 'dot', does: '552 5.3.4 message too big' }, 'refused', 'message_too_big'],
    [
      'greylisting',
      { at: 'rcpt', does: '451 4.7.1 Greylisted, please try again in 300 seconds' },
      'retry',
      'greylisted',
    ],
    ['too many connections', { at: 'rcpt', does: '421 4.7.0 too many connections' }, 'retry', 'too_many_connections'],
    ['something else, for good', { at: 'dot', does: '599 5.9.9 no' }, 'refused', 'smtp_599'],
    ['something else, for now', { at: 'dot', does: '450 4.9.9 later' }, 'retry', 'smtp_450'],
  ])('%s', async (_, fault, kind, error) => {
    server.faults.set('ada@acme.test', fault);
    const end = await channel.deliver(delivery('ada@acme.test'), always);
    expect(end).toMatchObject({ kind, error, facts: { status: Number(String(fault.does).slice(0, 3)) } });
    if (error === 'greylisted') expect(end).toMatchObject({ delayMs: 300_000 });
    if (error === 'too_many_connections') expect(end).toMatchObject({ limited: 'smtp' });
    expect(await channel.deliver(delivery('bob@acme.test'), always)).toMatchObject({ kind: 'delivered' });
  });

  test('our own login being refused is nothing that makes a message fail', async () => {
    const strict = await startMailServer({
      authOptional: false,
      disabledCommands: ['STARTTLS'],
      onAuth: (_auth, _session, done) => done(null, undefined),
    });
    for (const url of [strict.url.replace('//', '//me:wrong@'), strict.url]) {
      const locked = channelOn(url);
      expect(await locked.deliver(delivery('ada@acme.test'), always)).toMatchObject({
        kind: 'retry',
        error: 'smtp_auth_failed',
      });
      locked.close();
    }
    await strict.close();
  });
});

describe('no answer', () => {
  test('before the message: surely not sent, and tried again', async () => {
    server.faults.set('ada@acme.test', { at: 'rcpt', does: 'drop' });
    expect(await channel.deliver(delivery('ada@acme.test'), always)).toMatchObject({
      kind: 'retry',
      error: 'connection_lost',
    });
    expect(server.taken).toEqual([]);
  });

  test('after its final dot: nobody knows', async () => {
    server.faults.set('ada@acme.test', { at: 'dot', does: 'drop' });
    expect(await channel.deliver(delivery('ada@acme.test'), always)).toMatchObject({
      kind: 'unknown',
      error: 'connection_lost',
    });
    expect(server.taken).toHaveLength(1);
  });

  test('in the middle of the message: surely not sent', async () => {
    const rude = createServer((socket) => {
      socket.write('220 hello\r\n');
      let inData = false;
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        if (inData) return void socket.resetAndDestroy();
        for (const line of chunk.toString().trim().split('\r\n')) {
          inData ||= line === 'DATA';
          socket.write(line.startsWith('EHLO') ? '250 rude\r\n' : line === 'DATA' ? '354 go\r\n' : '250 ok\r\n');
        }
      });
    });
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    const cut = channelOn(`smtp://127.0.0.1:${(rude.address() as AddressInfo).port}`);
    // More than fits between us and a server that does not read.
    const files = [{ name: 'big', contentType: 'a/b', base64: Buffer.alloc(40_000_000).toString('base64') }];
    expect(await cut.deliver(delivery('ada@acme.test', { content: { title: 'x', files } }), always)).toMatchObject({
      kind: 'retry',
      error: 'connection_lost',
    });
    cut.close();
    await new Promise((resolve) => rude.close(resolve));
  });

  test('in time, before the message: the connection is cut, and nothing is delivered on it later', async () => {
    server.faults.set('ada@acme.test', { at: 'rcpt', does: 600 });
    const hasty = channelOn(server.url, { timeoutMs: 300 });
    const end = await hasty.deliver(delivery('ada@acme.test'), always);
    expect(end).toMatchObject({ kind: 'retry', error: 'no_answer_in_time' });
    // Without a connection nothing can be taken any more.
    await until(() => server.connections.size === 0);
    expect(server.taken).toEqual([]);
    hasty.close();
  });

  test('in time, after the final dot: nobody knows, and the connection is cut', async () => {
    server.faults.set('ada@acme.test', { at: 'dot', does: 1_500 });
    const hasty = channelOn(server.url, { timeoutMs: 300 });
    expect(await hasty.deliver(delivery('ada@acme.test'), always)).toMatchObject({
      kind: 'unknown',
      error: 'no_answer_in_time',
    });
    await until(() => server.connections.size === 0);
    hasty.close();
  });

  test('no server at all', async () => {
    const { url } = server;
    await server.close();
    expect(await channel.deliver(delivery('ada@acme.test'), always)).toMatchObject({
      kind: 'retry',
      error: 'mail_server_unreachable',
    });
    server = await startMailServer();
    expect(url).not.toBe(server.url);
    const nowhere = channelOn('smtp://mail.invalid');
    expect(await nowhere.deliver(delivery('ada@acme.test'), always)).toMatchObject({
      kind: 'retry',
      error: 'mail_server_unknown',
    });
    nowhere.close();
  });

  test('a connection that the server closed while it was idle costs no attempt', async () => {
    expect(await channel.deliver(delivery('ada@acme.test'), always)).toMatchObject({ kind: 'delivered' });
    for (const socket of server.connections) socket.destroy();
    expect(await channel.deliver(delivery('ada@acme.test'), always)).toMatchObject({ kind: 'delivered' });
    expect(server.taken).toHaveLength(2);
  });
});

test('without the lease nothing is written', async () => {
  expect(await channel.deliver(delivery('ada@acme.test'), guard(false))).toEqual({
    kind: 'not_written',
    why: 'lease',
  });
  expect(server.connections.size).toBe(0);
});

test('more at once than there are connections are all sent, each once', async () => {
  const ends = await Promise.all(
    Array.from({ length: 40 }, (_, i) => channel.deliver(delivery(`p${i}@acme.test`), always)),
  );
  expect(ends.every(({ kind }) => kind === 'delivered')).toBe(true);
  expect(new Set(server.recipients).size).toBe(40);
  expect(server.taken).toHaveLength(40);
});

test('a sender that is no address stops the start and is named', () => {
  expect(() => new Senders('Carillon', [])).toThrow(/MAIL_FROM/);
  expect(() => new Senders('a@b.test', [{ id: 'acme', name: 'Acme', mail: { from: 'a@b.test, c@d.test' } }])).toThrow(
    /acme/,
  );
});
