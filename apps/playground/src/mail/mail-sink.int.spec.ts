// The mail sink takes what SMTP brings and gives it back as JSON.
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findFreePort } from '../ports.ts';
import { startMailSink, type MailSink } from './mail-sink.ts';
import type { Mail } from './mail.ts';

describe('the mail sink', () => {
  let sink: MailSink;

  beforeAll(async () => {
    sink = await startMailSink({ smtp: await findFreePort(), http: 0 });
  });

  afterAll(() => sink.close());

  /** Speaks SMTP line by line, waiting for each answer; ends at the first refusal. */
  async function send(to: string, text: string): Promise<string> {
    const socket = createConnection(Number(new URL(sink.smtp).port), '127.0.0.1');
    const answer = (): Promise<string> =>
      new Promise((resolve) => socket.once('data', (data) => resolve(data.toString())));
    let said = await answer();
    for (const line of [
      'EHLO test',
      'MAIL FROM:<carillon@playground.test>',
      `RCPT TO:<${to}>`,
      'DATA',
      `${text}\r\n.`,
    ]) {
      socket.write(`${line}\r\n`);
      const reply = await answer();
      said += reply;
      if (/^[45]/.test(reply)) break;
    }
    socket.end('QUIT\r\n');
    return said;
  }

  it('keeps what was sent, parsed, with its headers, until it is emptied', async () => {
    await send(
      'ada@acme.test',
      'From: Carillon <carillon@playground.test>\r\nTo: ada@acme.test\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nX-Carillon-Delivery: d-1\r\n\r\nHello <b>',
    );
    await send('alan@acme.test', 'Subject: other\r\n\r\nHi');
    const ofAda = (await (await fetch(`${sink.url}/messages?to=ada@acme.test`)).json()) as Mail[];
    expect(ofAda).toMatchObject([
      {
        from: ['carillon@playground.test'],
        to: ['ada@acme.test'],
        subject: 'Grüße',
        text: 'Hello <b>\n',
        headers: { 'x-carillon-delivery': ['d-1'] },
      },
    ]);
    expect(await (await fetch(`${sink.url}/`)).text()).toContain('Hello &#60;b&#62;');
    expect((await fetch(`${sink.url}/messages`, { method: 'DELETE' })).status).toBe(204);
    expect(await (await fetch(`${sink.url}/messages`)).json()).toEqual([]);
  });

  it('shows the HTML part in a frame where nothing runs or is fetched, with the text part beside it', async () => {
    const boundary = 'b0';
    const parts = [
      `Content-Type: text/plain\r\n\r\nHello`,
      `Content-Type: text/html\r\n\r\n<b>Sales</b><script>alert("1")</script>"><img src=x>`,
    ].map((part) => `--${boundary}\r\n${part}\r\n`);
    await send(
      'ada@acme.test',
      `Subject: Report\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=${boundary}\r\n\r\n${parts.join('')}--${boundary}--`,
    );
    const page = await (await fetch(`${sink.url}/`)).text();
    expect(page).toMatch(
      /<iframe sandbox="" [^>]*srcdoc="&#60;meta http-equiv=&#34;Content-Security-Policy&#34;[^"]*&#60;b&#62;Sales&#60;\/b&#62;/,
    );
    expect(page).toContain('<pre>Hello');
    expect(page).not.toContain('<script');
    expect(page).not.toContain('<img');
    sink.clear();
  });

  it('refuses the addresses it is told to with the reply it is told, and takes them again', async () => {
    const put = (body: object): Promise<Response> =>
      fetch(`${sink.url}/refusals`, { method: 'PUT', body: JSON.stringify(body) });
    expect((await put({ 'eve@acme.test': 'no' })).status).toBe(400);
    expect((await put({ 'eve@acme.test': '550 5.1.1 no such user' })).status).toBe(204);
    expect(await (await fetch(`${sink.url}/refusals`)).json()).toEqual({ 'eve@acme.test': '550 5.1.1 no such user' });
    expect(await send('eve@acme.test', 'Subject: x\r\n\r\nHi')).toContain('550 5.1.1 no such user');
    expect(sink.messages()).toEqual([]);
    sink.refuse({});
    await send('eve@acme.test', 'Subject: x\r\n\r\nHi');
    expect(sink.messages()).toHaveLength(1);
  });
});
