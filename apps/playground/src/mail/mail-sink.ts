// Takes every e-mail that Carillon sends on this machine and shows it; nothing leaves. Keeps the last thousand.
import { simpleParser, type AddressObject } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { notFound, serve } from '../http-server.ts';
import { mailPage } from './mail-page.ts';

const kept = 1_000;

export interface Mail {
  id: number;
  from: string[];
  to: string[];
  subject: string;
  text: string;
  html: string;
  /** Lower-case names, one string per line of the header. */
  headers: Record<string, string[]>;
  receivedAt: number;
}

export interface MailSink {
  smtp: string;
  url: string;
  messages(): readonly Mail[];
  clear(): void;
  close(): Promise<void>;
}

export async function startMailSink(ports: { smtp: number; http: number }): Promise<MailSink> {
  let messages: Mail[] = [];
  let count = 0;
  const smtp = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    disableReverseLookup: true,
    onData: (stream, session, done) => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      simpleParser(stream).then(
        (parsed) => {
          const headers: Record<string, string[]> = {};
          for (const { key, line } of parsed.headerLines) (headers[key] ??= []).push(line.slice(line.indexOf(':') + 1).trim());
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
  const http = await serve(ports.http, (request, url) => {
    const route = `${request.method} ${url.pathname}`;
    const to = url.searchParams.get('to');
    const chosen = (): Mail[] => (to ? messages.filter((mail) => mail.to.includes(to)) : messages);
    if (route === 'GET /messages') return { body: chosen() };
    if (route === 'DELETE /messages') {
      clear();
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
    close: async () => {
      await Promise.all([http.close(), new Promise<void>((resolve) => smtp.close(() => resolve()))]);
    },
  };
}

function addresses(from: AddressObject | undefined): string[] {
  return from?.value.map(({ address }) => address ?? '') ?? [];
}
