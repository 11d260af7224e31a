// Under which identities a person passes the gate of a notification (docs/adr/0024). Guarantees: of all decisions that
// send and share an identity, the first is accepted and the others become suppressed with the first one's recipient
// named. A decision that preferences suppressed holds no identity: a person who is not notified under one name may
// still be notified under another. One that is suppressed here does: whoever shares an identity with it is the same
// person.
import type { DecisionAsRead, ReasonAsRead } from '@carillon/domain';

/** Who is notified of each notification, under which identities. */
export class Identities {
  private readonly recipients = new Map<string, string>();

  hold(notificationId: string, identities: readonly string[], recipient: string): void {
    for (const identity of identities) this.recipients.set(`${notificationId} ${identity}`, recipient);
  }

  /** The recipient as whom the person is notified already; undefined: from now on it is this one. */
  pass(notificationId: string, identities: readonly string[], recipient: string): string | undefined {
    let other: string | undefined;
    for (const identity of identities) {
      const key = `${notificationId} ${identity}`;
      const holder = this.recipients.get(key);
      if (holder === undefined) this.recipients.set(key, recipient);
      else if (holder !== recipient) other ??= holder;
    }
    return other;
  }
}

export const identitiesOf = ({ recipient, aliases = [], verdict }: DecisionAsRead): string[] =>
  verdict === 'send' ? [recipient, ...aliases] : [];

/** The same decision, refused because the person is notified as `other`. */
export function samePerson({ recipient, mode, reasons, aliases }: DecisionAsRead, other: string): DecisionAsRead {
  const reason: ReasonAsRead = { code: 'same_person', detail: other };
  return {
    recipient,
    verdict: 'suppress',
    destinations: [],
    mode,
    reasons: [...reasons, reason],
    ...(aliases && { aliases }),
  };
}
