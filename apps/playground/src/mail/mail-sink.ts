// Receives every e-mail that Carillon sends on this machine and shows it; nothing leaves the machine. Keeps the last
// thousand. Refuses addresses as mail servers do: `PUT /refusals {"eve@acme.test": "550 5.1.1 no such user"}`.
import { simpleParser, type AddressObject } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { z } from 'zod';
import { notFound, readBody, serve } from '../http-server.ts';
import { mailPage } from './mail-page.ts';
import type { Mail } from './mail.ts';

const kept = 1_000;

/** An SMTP reply by the address that gets it. */
const refusalsShape = z.record(
  z.string(),
  z.string().regex(/^[45]\d\d .+$/, 'must be a reply such as 550 5.1.1 no such user'),
);
export type Refusals = z.infer<typeof refusalsShape>;

export interface MailSink {
  smtp: string;
  url: string;
  messages(): readonly Mail[];
  clear(): void;
  /** Replaces what was refused before; an empty object takes everything again. */
  refuse(refusals: Refusals): void;
  close(): Promise<void>;
}

export async function startMailSink(ports: { smtp: number; http: number }): Promise<MailSink> {
  let messages: Mail[] = [];
  let refusals: Refusals = {};
  let count = 0;
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onRcptTo: ({ address }, _session, done) => {
      const reply = Object.hasOwn(refusals, address) ? refusals[address] : undefined;
      if (reply === undefined) done();
      else done(Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) }));
    },
    onData: (stream, session, done) => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      simpleParser(stream).then(
        (parsed) => {
          const headers: Record<string, string[]> = {};
          for (const { key, line } of parsed.headerLines)
            (headers[key] ??= []).push(line.slice(line.indexOf(':') + 1).trim());
          messages.push({
            id: ++count,
            from: addresses(parsed.from),
            to: recipients,
            subject: parsed.subject ?? '',
            text: parsed.text ?? '',
            html: parsed.html || '',
            headers,
            receivedAt: Date.now(),
          });
          messages = messages.slice(-kept);
          done();
        },
        (error: unknown) => done(error as Error),
      );
    },
  });
  smtp.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    smtp.once('error', reject);
    smtp.listen(ports.smtp, '127.0.0.1', () => resolve());
  });
  const clear = (): void => {
    messages = [];
  };
  const http = await serve(ports.http, async (request, url) => {
    const route = `${request.method} ${url.pathname}`;
    const to = url.searchParams.get('to');
    const chosen = (): Mail[] => (to ? messages.filter((mail) => mail.to.includes(to)) : messages);
    if (route === 'GET /messages') return { body: chosen() };
    if (route === 'DELETE /messages') {
      clear();
      return { status: 204 };
    }
    if (route === 'GET /refusals') return { body: refusals };
    if (route === 'PUT /refusals') {
      const read = refusalsShape.safeParse(JSON.parse(await readBody(request)));
      if (!read.success) return { status: 400, body: { title: 'Bad Request', detail: z.prettifyError(read.error) } };
      refusals = read.data;
      return { status: 204 };
    }
    if (route === 'GET /') return { body: mailPage(messages) };
    return notFound(url.pathname);
  });
  return {
    smtp: `smtp://127.0.0.1:${ports.smtp}`,
    url: http.url,
    messages: () => messages,
    clear,
    refuse: (given) => {
      refusals = given;
    },
    close: async () => {
      await Promise.all([http.close(), new Promise<void>((resolve) => smtp.close(() => resolve()))]);
    },
  };
}

function addresses(from: AddressObject | undefined): string[] {
  return from?.value.map(({ address }) => address ?? '') ?? [];
}
