// Under which identities a person passes the gate of a notification (docs/adr/0024). Guarantees: of all decisions that send
// and share an identity, the first is accepted and the others become suppressed with the first one's recipient named.
// A suppressed decision holds no identity: a person who is not told under one name may still be told under another.
import type { Decision, Reason } from '@carillon/domain';
import { uuidv5 } from '@carillon/domain/ids';

/** Recipients by notification and identity. */
export class Identities {
  private readonly recipients = new Map<string, string>();

  hold(notificationId: string, identity: string, recipient: string): void {
    this.recipients.set(`${notificationId} ${identity}`, recipient);
  }

  /** The recipient as whom the person is told already; undefined: from now on it is this one. */
  pass(notificationId: string, identities: readonly string[], recipient: string): string | undefined {
    let other: string | undefined;
    for (const identity of identities) {
      const holder = this.recipients.get(`${notificationId} ${identity}`);
      if (holder === undefined) this.hold(notificationId, identity, recipient);
      else if (holder !== recipient) other ??= holder;
    }
    return other;
  }
}

/** The aliases, and the recipient itself where it may be somebody's alias. As hashes: no address is kept twice. */
export function identitiesOf({ recipient, aliases = [], verdict }: Decision): string[] {
  if (verdict !== 'send' || (aliases.length === 0 && !recipient.startsWith('email:'))) return [];
  return [...new Set([recipient, ...aliases])].map((name) => uuidv5('identity', name));
}

/** The same decision, refused because the person is told as `other`. */
export function samePerson({ recipient, mode, reasons }: Decision, other: string): Decision {
  const reason: Reason = { code: 'same_person', detail: other };
  return { recipient, verdict: 'suppress', destinations: [], mode, reasons: [...reasons, reason] };
}
