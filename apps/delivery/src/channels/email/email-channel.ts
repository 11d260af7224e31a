// Sends deliveries as e-mail over SMTP, through a pool of connections. Guarantees: every answer of the mail server
// becomes a SendResult (smtp-answers.ts); handing over a message takes no longer than the timeout, and a connection
// that takes longer is closed, so that it delivers nothing afterwards; an attempt counts as possibly sent only where
// the whole message may have been handed over.
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';
import type { SendResult, ReconcileResult, SendGuard } from '../../model/send-result.ts';
import { createTransport, type Transporter } from 'nodemailer';
import type { Content, Destination, EmailDestination } from '@carillon/domain';
import type { LaneLimits } from '../../model/lane-limits.ts';
import type { QueuePlace } from '../../model/queue-place.ts';
import type { Channel } from '../channel.ts';
import type { ChannelDependencies } from '../dependencies.ts';
import { bodies } from '../rendering/bodies.ts';
import { composeEmail } from './compose-email.ts';
import type { DrawnEmailBody } from './email-body.ts';
import { emailPlace } from './email-place.ts';
import { Senders } from './senders.ts';
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

/** `perMinute` 0 = no limit. An address has no pace of its own. */
const emailLimits = (perMinute: number): LaneLimits => ({
  posting: { perMinute, burst: 1, mostPerMinute: perMinute },
  perChannel: { perSecond: 0, burst: 1 },
  // Some more than there are connections, so that none waits for a claim.
  callsAtOnce: 4 * connections,
  methods: { create: 'smtp', update: 'smtp', delete: 'smtp' },
});

export const createEmailChannel = ({
  config,
  tenants,
}: Pick<ChannelDependencies, 'config' | 'tenants'>): EmailChannel =>
  new EmailChannel(
    {
      smtpUrl: config.SMTP_URL,
      senders: new Senders(config.MAIL_FROM, tenants.all()),
      timeoutMs: config.CALL_TIMEOUT_MS,
      ...(config.UNSUBSCRIBE_KEY !== undefined &&
        config.UNSUBSCRIBE_URL !== undefined && {
          unsubscribing: { key: config.UNSUBSCRIBE_KEY, url: config.UNSUBSCRIBE_URL },
        }),
    },
    emailLimits(config.EMAIL_PER_MINUTE),
  );

export class EmailChannel implements Channel {
  readonly unreachable = new Set(['mail_server_unreachable', 'mail_server_unknown']);
  private readonly transport: Transporter;
  /** By the signal that ends their attempt: messages that were read completely, except for the final dot. */
  private readonly handedOver = new WeakSet<AbortSignal>();
  private free = connections;
  private readonly queue: (() => void)[] = [];

  constructor(
    private readonly settings: EmailSettings,
    readonly limits: LaneLimits = emailLimits(0),
  ) {
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
  async send(delivery: ClaimedDelivery, { canSend }: SendGuard): Promise<SendResult> {
    const body = await bodies.render('email', delivery.tenantId, { markdown: delivery.content.body ?? '' });
    await this.takeConnection();
    try {
      if (!canSend()) return { kind: 'not_written', why: 'lease' };
      return await this.handOver(delivery, body);
    } finally {
      this.free++;
      this.queue.shift()?.();
    }
  }

  laneOf(tenantId: string, to: Destination): QueuePlace {
    return emailPlace(tenantId, to as EmailDestination);
  }

  renderDigest(): Pick<Content, 'slack'> {
    return {};
  }

  reconcile(): Promise<ReconcileResult> {
    return Promise.resolve({ kind: 'cannot_know' });
  }

  close(): void {
    this.transport.close();
  }

  private async handOver(delivery: ClaimedDelivery, body: DrawnEmailBody): Promise<SendResult> {
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
