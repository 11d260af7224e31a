// Composes the e-mail of a delivery for the mail server. Guarantees: the Message-ID is the delivery's id, so that a
// repeated attempt is recognised. All e-mails of a thread refer to one Message-ID, so that mail programs group them. A
// given unsubscribe link is in the text, and in the List-Unsubscribe header if it fits. No header names the mail
// software.
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';
import { clean } from '@carillon/content';
import { plainLine, type EmailDestination } from '@carillon/domain';
import type { SendMailOptions } from 'nodemailer';
import type { DrawnEmailBody } from './email-body.ts';
import { renderEmail } from './render-email.ts';
import type { Sender } from './senders.ts';

/** The longest line of a header that every server takes is 998 bytes. */
const longestHeaderUrl = 900;

export function composeEmail(
  delivery: ClaimedDelivery,
  sender: Sender,
  body: DrawnEmailBody,
  unsubscribeUrl?: string,
): SendMailOptions {
  const { address, name = '' } = delivery.destination as EmailDestination;
  const thread = threadIdOf(delivery, sender);
  return {
    from: sender.from,
    to: { name: plainLine(clean(name)), address },
    ...(sender.replyTo !== undefined && { replyTo: sender.replyTo }),
    messageId: `<${delivery.deliveryId}@${sender.domain}>`,
    ...(thread !== undefined && { inReplyTo: thread, references: thread }),
    ...renderEmail(
      delivery.content,
      {
        tenantName: sender.tenantName,
        typeTitle: delivery.typeTitle ?? delivery.type,
        ...(unsubscribeUrl !== undefined && { unsubscribeUrl }),
      },
      body,
    ),
    headers: {
      'Auto-Submitted': 'auto-generated',
      ...(unsubscribeUrl !== undefined &&
        unsubscribeUrl.length <= longestHeaderUrl && {
          'List-Unsubscribe': { prepared: true, value: `<${unsubscribeUrl}>` },
          'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
        }),
    },
    xMailer: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/** The Message-ID of the thread's root, which is never sent. All e-mails of a thread refer to it. */
const threadIdOf = ({ threadSlot }: ClaimedDelivery, { domain }: Sender): string | undefined =>
  threadSlot === null ? undefined : `<${threadSlot}@${domain}>`;
