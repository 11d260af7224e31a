// Deliveries as e-mail over SMTP. Promises: the Message-ID comes from the delivery's id, so a mail server or reader that
// sees a repeated attempt can tell; what a server said no to for good is final, what it may take later is tried again.
import { createTransport, type Transporter } from 'nodemailer';
import type { EmailDestination } from '@carillon/domain';
import type { Claimed } from '../../ledger/claims.ts';
import type { AttemptEnd, Channel, Finding } from '../channel.ts';
import { renderEmail } from './render-email.ts';

export interface EmailSettings {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  smtpUrl: string;
  from: string;
  timeoutMs: number;
}

interface SmtpError extends Error {
  code?: string;
  responseCode?: number;
  command?: string;
}

export class EmailChannel implements Channel {
  private readonly transport: Transporter;
  private readonly domain: string;

  constructor(private readonly settings: EmailSettings) {
    const { timeoutMs } = settings;
    this.transport = createTransport({
      url: settings.smtpUrl,
      pool: true,
      maxConnections: 5,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
    } as never);
    this.domain = /@([^>\s]+)/.exec(settings.from)?.[1] ?? 'carillon.invalid';
  }

  async deliver(delivery: Claimed, beforeWrite: () => boolean): Promise<AttemptEnd> {
    const to = delivery.destination as EmailDestination;
    if (!beforeWrite()) return { kind: 'not_written', why: 'lease' };
    const begun = performance.now();
    try {
      await this.transport.sendMail({
        from: this.settings.from,
        to: to.name === undefined ? to.address : { name: to.name, address: to.address },
        messageId: `<${delivery.deliveryId}@${this.domain}>`,
        ...renderEmail(delivery.content),
      });
      return { kind: 'delivered', facts: { latencyMs: performance.now() - begun } };
    } catch (error) {
      return failed(error as SmtpError, performance.now() - begun);
    }
  }

  reconcile(): Promise<Finding> {
    return Promise.resolve({ kind: 'cannot_know' });
  }

  close(): void {
    this.transport.close();
  }
}

/** RFC 5321: 4yz may work later, 5yz never will. Without an answer after DATA nobody knows. */
function failed(error: SmtpError, latencyMs: number): AttemptEnd {
  const facts = { latencyMs, ...(error.responseCode !== undefined && { status: error.responseCode }) };
  const code = error.responseCode === undefined ? (error.code ?? 'smtp_error').toLowerCase() : `smtp_${error.responseCode}`;
  if (error.responseCode !== undefined) {
    return error.responseCode >= 500
      ? { kind: 'refused', error: code, advice: 'The mail server refused the address or the message for good.', facts }
      : { kind: 'retry', error: code, advice: 'The mail server asked to try again later.', facts };
  }
  const beforeData = error.command !== 'DATA' && (error.command !== undefined || error.code === 'ECONNECTION' || error.code === 'EDNS');
  return beforeData
    ? { kind: 'retry', error: code, advice: 'The mail server could not be reached.', facts }
    : { kind: 'unknown', error: code, advice: 'The connection to the mail server ended without an answer.', facts };
}
