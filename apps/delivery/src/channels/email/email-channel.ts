// Deliveries as e-mail over SMTP, through a pool of connections. Promises: every answer of the mail server becomes one
// of the ends the ledger knows (smtp-answers.ts); handing over takes no longer than the timeout, and a connection that
// took longer is cut, so that nothing is delivered on it unnoticed; only what may have been handed over whole counts as
// possibly sent.
import { createTransport, type Transporter } from 'nodemailer';
import type { Claimed } from '../../ledger/claims.ts';
import type { AttemptEnd, Channel, Finding, Permission } from '../channel.ts';
import { bodies } from '../rendering/bodies.ts';
import { composeEmail } from './compose-email.ts';
import type { DrawnEmailBody } from './email-body.ts';
import type { Senders } from './senders.ts';
import { endOf, type SmtpError } from './smtp-answers.ts';
import { unsubscribeUrlOf, type UnsubscribeSettings } from './unsubscribe-links.ts';

export interface EmailSettings {
  /** `smtp://user:password@host:port` or `smtps://…`. */
  smtpUrl: string;
  senders: Senders;
  /** The longest that handing over one message may take. */
  timeoutMs: number;
  unsubscribing?: UnsubscribeSettings;
}

const connections = 5;

export class EmailChannel implements Channel {
  private readonly transport: Transporter;
  /** Messages of which all but the final dot has been read, by the signal that ends their attempt. */
  private readonly handedOver = new WeakSet<AbortSignal>();
  private free = connections;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly settings: EmailSettings) {
    const { smtpUrl, timeoutMs } = settings;
    this.transport = createTransport({
      url: smtpUrl,
      pool: true,
      maxConnections: connections,
      // Only what was not begun is begun again: a server may have closed a connection that was idle.
      maxRequeues: 1,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // What stands in a socket's buffer must not be sent after we gave up.
      socketCloseTimeout: 0,
    });
    this.transport.use('stream', (mail, done) => {
      const { signal } = mail.data;
      mail.message.processFunc((input) => {
        // The dot is written when the message has ended, and not before.
        input.once('end', () => signal && this.handedOver.add(signal));
        return input;
      });
      done();
    });
  }

  /** Waits for a connection first, so that `toWrite` is asked when the message really leaves. */
  async deliver(delivery: Claimed, { toWrite }: Permission): Promise<AttemptEnd> {
    const body = await bodies.render('email', delivery.tenantId, { markdown: delivery.content.body ?? '' });
    await this.takeConnection();
    try {
      if (!toWrite()) return { kind: 'not_written', why: 'lease' };
      return await this.send(delivery, body);
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

  private async send(delivery: Claimed, body: DrawnEmailBody): Promise<AttemptEnd> {
    const begun = performance.now();
    const giveUp = new AbortController();
    const { signal } = giveUp;
    const timer = setTimeout(() => giveUp.abort(), this.settings.timeoutMs);
    try {
      const message = composeEmail(
        delivery,
        this.settings.senders.of(delivery.tenantId),
        body,
        unsubscribeUrlOf(delivery, this.settings.unsubscribing),
      );
      await this.transport.sendMail({ ...message, signal });
      return { kind: 'delivered', facts: { latencyMs: performance.now() - begun } };
    } catch (error) {
      return endOf(error as SmtpError, this.handedOver.has(signal), { latencyMs: performance.now() - begun });
    } finally {
      clearTimeout(timer);
    }
  }

  private async takeConnection(): Promise<void> {
    while (this.free === 0) await new Promise<void>((resolve) => this.queue.push(resolve));
    this.free--;
  }
}
