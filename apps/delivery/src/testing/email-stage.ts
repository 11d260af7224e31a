// The e-mail channel of two tenants, for specs: acme has a sender of its own, globex has none.
import { EmailChannel, type EmailSettings } from '../channels/email/email-channel.ts';
import { Senders } from '../channels/email/senders.ts';
import type { ClaimedDelivery } from '../model/claimed-delivery.ts';
import { claimed } from './claimed.ts';
import { sendGuard } from './send-guard.ts';

export const deliveryId = '018f3c1e-0000-5000-8000-000000000001';
export const key = 'k'.repeat(32);
export const always = sendGuard(true);

export const channelOn = (smtpUrl: string, given: Partial<EmailSettings> = {}): EmailChannel =>
  new EmailChannel({
    smtpUrl,
    timeoutMs: 5_000,
    senders: new Senders('Carillon <carillon@platform.test>', [
      { id: 'acme', name: 'Acme', mail: { from: '"Acme, Inc." <notify@acme.test>', replyTo: 'help@acme.test' } },
      { id: 'globex', name: 'Globex' },
    ]),
    unsubscribing: { key, url: 'https://carillon.test/' },
    ...given,
  });

export const delivery = (to: string, given: Partial<ClaimedDelivery> = {}): ClaimedDelivery =>
  claimed({
    deliveryId,
    lane: 'email:acme',
    channel: to,
    destination: { kind: 'email', address: to, name: 'Ada' },
    content: { title: 'Report ready' },
    mutable: false,
    ...given,
  });
