// Who an e-mail comes from: each tenant's own sender, else the platform's. Promise: an address that no mail server
// would take stops the start, with the tenant named.
import type { Tenant } from '@carillon/domain';
import addressparser from 'nodemailer/lib/addressparser';

export interface Sender {
  /** As people read it. */
  tenantName: string;
  from: { name: string; address: string };
  replyTo?: string;
  /** Of the sender's address; Message-IDs belong to it. */
  domain: string;
}

export class Senders {
  private readonly byTenant: ReadonlyMap<string, Sender>;
  private readonly platform: Omit<Sender, 'tenantName'>;

  /** @param platformFrom MAIL_FROM, for tenants without a sender of their own */
  constructor(platformFrom: string, tenants: readonly Tenant[]) {
    this.platform = senderOf(platformFrom, 'MAIL_FROM');
    this.byTenant = new Map(
      tenants.map(({ id, name, mail }) => [
        id,
        {
          tenantName: name,
          ...(mail ? senderOf(mail.from, `tenants: mail.from of ${id}`) : this.platform),
          ...(mail?.replyTo !== undefined && { replyTo: mail.replyTo }),
        },
      ]),
    );
  }

  of(tenantId: string): Sender {
    return this.byTenant.get(tenantId) ?? { tenantName: tenantId, ...this.platform };
  }
}

function senderOf(text: string, where: string): Omit<Sender, 'tenantName'> {
  const [only, ...more] = addressparser(text, { flatten: true });
  const domain = /^[^\s@<>]+@([^\s@<>]+)$/.exec(only?.address ?? '')?.[1];
  if (only === undefined || domain === undefined || more.length > 0)
    throw new Error(`${where}: "${text}" is not one e-mail address, such as Acme <notify@acme.example>`);
  return { from: only, domain };
}
