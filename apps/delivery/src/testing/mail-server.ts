// A real SMTP server that misbehaves as a spec wants, by the recipient of a message.
import type { AddressInfo, Socket } from 'node:net';
import { simpleParser, type ParsedMail } from 'mailparser';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';

export interface Fault {
  /** Where in the conversation: at the recipient, or once the message is there with its final dot. */
  at: 'rcpt' | 'dot';
  /**
   * `550 5.1.1 no such user`: that answer. `drop`: the connection ends. A number: it waits so long (ms), then goes on.
   */
  does: string | number;
}

export interface MailServer {
  url: string;
  /** What was taken, also when nobody heard so. */
  taken: ParsedMail[];
  /** Commands by name, since the start. */
  recipients: string[];
  faults: Map<string, Fault>;
  connections: Set<Socket>;
  close(): Promise<void>;
}

export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const taken: ParsedMail[] = [];
  const recipients: string[] = [];
  const faults = new Map<string, Fault>();
  const connections = new Set<Socket>();

  const go = (address: string, at: Fault['at'], done: (error?: Error | null) => void): void => {
    const fault = faults.get(address);
    if (fault?.at !== at) return done();
    if (typeof fault.does === 'number') return void setTimeout(done, fault.does);
    if (fault.does === 'drop') return connections.forEach((socket) => void socket.destroy());
    const [, code = '', text = ''] = /^(\d{3}) (.*)$/.exec(fault.does) ?? [];
    done(Object.assign(new Error(text), { responseCode: Number(code) }));
  };

  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    onRcptTo: ({ address }, _session, done) => {
      recipients.push(address);
      go(address, 'rcpt', done);
    },
    onData: (stream, session, done) => {
      const to = session.envelope.rcptTo[0]?.address ?? '';
      void simpleParser(stream).then((mail) => {
        if (typeof faults.get(to)?.does !== 'string' || faults.get(to)?.does === 'drop') taken.push(mail);
        go(to, 'dot', done);
      });
    },
    ...options,
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    taken,
    recipients,
    faults,
    connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
