// Sends deliveries as e-mail over SMTP, through a pool of connections. Guarantees: every answer of the mail server
// becomes an AttemptEnd (smtp-answers.ts); handing over a message takes no longer than the timeout, and a connection
// that takes longer is closed, so that it delivers nothing afterwards; an attempt counts as possibly sent only where
// the whole message may have been handed over.
import { createTransport, type Transporter } from 'nodemailer';
import type { Claimed } from '../../ledger/claims.ts';
import type { AttemptEnd, Channel, ReconcileResult, SendGuard } from '../channel.ts';
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
  /** By the signal that ends their attempt: messages that were read completely, except for the final dot. */
  private readonly handedOver = new WeakSet<AbortSignal>();
  private free = connections;
  private readonly queue: (() => void)[] = [];

  constructor(private readonly settings: EmailSettings) {
    const { smtpUrl, timeoutMs } = settings;
    this.transport = createTransport({
      url: smtpUrl,
      pool: true,
      maxConnections: connections,
      // A message is sent on another connection only where nothing of it was sent: an idle connection may be closed.
      maxRequeues: 1,
      connectionTimeout: timeoutMs,
      greetingTimeout: timeoutMs,
      socketTimeout: timeoutMs,
      // The content of the socket's buffer must not be sent after the attempt has ended.
      socketCloseTimeout: 0,
    });
    this.transport.use('stream', (mail, done) => {
      const { signal } = mail.data;
      mail.message.processFunc((input) => {
        // The final dot is written after the end of the message.
        input.once('end', () => signal && this.handedOver.add(signal));
        return input;
      });
      done();
    });
  }

  /** Waits for a connection first, so that `canSend` is asked immediately before the message is sent. */
  async deliver(delivery: Claimed, { canSend }: SendGuard): Promise<AttemptEnd> {
    const body = await bodies.render('email', delivery.tenantId, { markdown: delivery.content.body ?? '' });
    await this.takeConnection();
    try {
      if (!canSend()) return { kind: 'not_written', why: 'lease' };
      return await this.send(delivery, body);
    } finally {
      this.free++;
      this.queue.shift()?.();
    }
  }

  reconcile(): Promise<ReconcileResult> {
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
