// Deliveries as e-mail over SMTP. Promises: the Message-ID comes from the delivery's id, so a mail server or reader that
// sees a repeated attempt can tell; what a server said no to for good is final, what it may take later is tried again;
// only what surely never reached a server counts as not sent.
import { createTransport, type Transporter } from 'nodemailer';
import type { EmailDestination } from '@carillon/domain';
import type { Claimed } from '../../ledger/claims.ts';
import type { AttemptEnd, Channel, Finding, Permission } from '../channel.ts';
import { renderEmail } from './render-email.ts';

export interface EmailSettings {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  smtpUrl: string;
  from: string;
  /** The longest that handing over one message may take. */
  timeoutMs: number;
}

interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  syscall?: string;
}

const connections = 5;
/** Failures before the server can have seen a message. */
const neverConnected = new Set(['EDNS', 'EAUTH', 'ENOAUTH', 'ECONFIG', 'ETLS', 'EREQUIRETLS']);

export class EmailChannel implements Channel {
  private readonly transport: Transporter;
  private readonly domain: string;
  private free = connections;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly settings: EmailSettings) {
    const { timeoutMs } = settings;
    this.transport = createTransport({
      url: settings.smtpUrl,
      pool: true,
      maxConnections: connections,
      maxRequeues: 0,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    } as never);
    this.domain = /@([^>\s]+)/.exec(settings.from)?.[1] ?? 'carillon.invalid';
  }

  /** Waits for a connection first, so that `toWrite` is asked when the message really leaves. */
  async deliver(delivery: Claimed, { toWrite }: Permission): Promise<AttemptEnd> {
    await this.takeConnection();
    try {
      if (!toWrite()) return { kind: 'not_written', why: 'lease' };
      return await this.send(delivery);
    } finally {
      this.free++;
      this.queue.shift()?.();
    }
  }

  reconcile(): Promise<Finding> {
    return Promise.resolve({ kind: 'cannot_know' });
  }

  close(): void {
    this.transport.close();
  }

  private async send(delivery: Claimed): Promise<AttemptEnd> {
    const to = delivery.destination as EmailDestination;
    const begun = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), this.settings.timeoutMs);
    });
    try {
      const sending = this.transport.sendMail({
        from: this.settings.from,
        to: to.name === undefined ? to.address : { name: to.name, address: to.address },
        messageId: `<${delivery.deliveryId}@${this.domain}>`,
        ...renderEmail(delivery.content),
      });
      await Promise.race([sending, late]);
      return { kind: 'delivered', facts: { latencyMs: performance.now() - begun } };
    } catch (error) {
      return failed(error as SmtpError, performance.now() - begun);
    } finally {
      clearTimeout(timer);
    }
  }

  private async takeConnection(): Promise<void> {
    while (this.free === 0) await new Promise<void>((resolve) => this.queue.push(resolve));
    this.free--;
  }
}

/** RFC 5321: 4yz may work later, 5yz never will. A connection that ends without a reply leaves open what was accepted. */
function failed(error: SmtpError, latencyMs: number): AttemptEnd {
  const facts = { latencyMs, ...(error.responseCode !== undefined && { status: error.responseCode }) };
  const code = error.responseCode === undefined ? (error.code ?? 'smtp_error').toLowerCase() : `smtp_${error.responseCode}`;
  if (neverConnected.has(error.code ?? '') || error.syscall === 'connect') {
    return { kind: 'retry', error: code, advice: 'The mail server could not be reached, or did not let us in.', facts };
  }
  if (error.responseCode === undefined) {
    return { kind: 'unknown', error: code, advice: 'The connection to the mail server ended without an answer.', facts };
  }
  return error.responseCode >= 500
    ? { kind: 'refused', error: code, advice: 'The mail server refused the address or the message for good.', facts }
    : { kind: 'retry', error: code, advice: 'The mail server asked to try again later.', facts };
}
