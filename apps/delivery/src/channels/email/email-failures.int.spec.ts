// The e-mail channel with a mail server that refuses, hesitates or disappears: what is sent again and what is not.
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createServer, type AddressInfo } from 'node:net';
import { until } from '@carillon/messaging/testing';
import { always, channelOn, delivery } from '../../testing/email-stage.ts';
import { sendGuard } from '../../testing/send-guard.ts';
import { startMailServer, type Fault, type MailServer } from '../../testing/mail-server.ts';
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
    const end = await channel.send(delivery('ada@acme.test'), always);
    expect(end).toMatchObject({ kind, error, facts: { status: Number(String(fault.does).slice(0, 3)) } });
    if (error === 'greylisted') expect(end).toMatchObject({ delayMs: 300_000 });
    if (error === 'too_many_connections') expect(end).toMatchObject({ limited: 'smtp' });
    expect(await channel.send(delivery('bob@acme.test'), always)).toMatchObject({ kind: 'delivered' });
  });

  test('our own login being refused is nothing that makes a message fail', async () => {
    const strict = await startMailServer({
      authOptional: false,
      disabledCommands: ['STARTTLS'],
      onAuth: (_auth, _session, done) => done(null, undefined),
    });
    for (const url of [strict.url.replace('//', '//me:wrong@'), strict.url]) {
      const locked = channelOn(url);
      expect(await locked.send(delivery('ada@acme.test'), always)).toMatchObject({
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
    expect(await channel.send(delivery('ada@acme.test'), always)).toMatchObject({
      kind: 'retry',
      error: 'connection_lost',
    });
    expect(server.taken).toEqual([]);
  });

  test('after its final dot: nobody knows', async () => {
    server.faults.set('ada@acme.test', { at: 'dot', does: 'drop' });
    expect(await channel.send(delivery('ada@acme.test'), always)).toMatchObject({
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
    expect(await cut.send(delivery('ada@acme.test', { content: { title: 'x', files } }), always)).toMatchObject({
      kind: 'retry',
      error: 'connection_lost',
    });
    cut.close();
    await new Promise((resolve) => rude.close(resolve));
  });

  test('in time, before the message: the connection is cut, and nothing is delivered on it later', async () => {
    server.faults.set('ada@acme.test', { at: 'rcpt', does: 600 });
    const hasty = channelOn(server.url, { timeoutMs: 300 });
    const end = await hasty.send(delivery('ada@acme.test'), always);
    expect(end).toMatchObject({ kind: 'retry', error: 'no_answer_in_time' });
    // Without a connection nothing can be taken any more.
    await until(() => server.connections.size === 0);
    expect(server.taken).toEqual([]);
    hasty.close();
  });

  test('in time, after the final dot: nobody knows, and the connection is cut', async () => {
    // Long enough for a busy machine to come to the dot.
    server.faults.set('ada@acme.test', { at: 'dot', does: 6_000 });
    const hasty = channelOn(server.url, { timeoutMs: 2_000 });
    expect(await hasty.send(delivery('ada@acme.test'), always)).toMatchObject({
      kind: 'unknown',
      error: 'no_answer_in_time',
    });
    await until(() => server.connections.size === 0);
    hasty.close();
  });

  test('no server at all', async () => {
    const { url } = server;
    await server.close();
    expect(await channel.send(delivery('ada@acme.test'), always)).toMatchObject({
      kind: 'retry',
      error: 'mail_server_unreachable',
    });
    server = await startMailServer();
    expect(url).not.toBe(server.url);
    const nowhere = channelOn('smtp://mail.invalid');
    expect(await nowhere.send(delivery('ada@acme.test'), always)).toMatchObject({
      kind: 'retry',
      error: 'mail_server_unknown',
    });
    nowhere.close();
  });

  test('a connection that the server closed while it was idle costs no attempt', async () => {
    expect(await channel.send(delivery('ada@acme.test'), always)).toMatchObject({ kind: 'delivered' });
    for (const socket of server.connections) socket.destroy();
    expect(await channel.send(delivery('ada@acme.test'), always)).toMatchObject({ kind: 'delivered' });
    expect(server.taken).toHaveLength(2);
  });
});

test('without the lease nothing is written', async () => {
  expect(await channel.send(delivery('ada@acme.test'), sendGuard(false))).toEqual({
    kind: 'not_written',
    why: 'lease',
  });
  expect(server.connections.size).toBe(0);
});
