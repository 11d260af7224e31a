// Turns off the e-mails of one type for one recipient. Guarantees: a repetition changes nothing. A member keeps all
// other channels, as if the member had chosen so. Neither a default nor the fallback turns the e-mails on again, only
// the member's own choice. It applies to the next notification.
import { Injectable } from '@nestjs/common';
import { normaliseEmail, type NotificationType } from '@carillon/domain';
import { emailRecipient, memberRecipient } from '@carillon/domain/ids';
import type { Unsubscribable } from '@carillon/domain/unsubscribe-token';
import { defineStatement, lockName, runStatement } from '@carillon/persistence';
import { AuditLog, type AuditCaller } from '@carillon/runtime';
import { DataSource, type EntityManager } from 'typeorm';
import { MemberPreferences } from '../preferences/member-preferences.entity.ts';
import { OrganisationDefaultsRow } from '../preferences/organisation-defaults.entity.ts';
import { preferencesLock } from '../preferences/preferences.ts';
import { defaultsOf, memberChoicesOf } from '../preferences/stored-choices.ts';
import { chooseFor } from '../resolution/choose-channels.ts';
import { recordAudited } from '../resolution/context-version.ts';

const memberPrefix = memberRecipient('');
const emailPrefix = emailRecipient('');

// The same one whom resolution takes an address for.
const selectMember = defineStatement({
  parameters: { tenantId: 'text', memberId: 'text?', emailKey: 'text?' },
  text: (p) => `
SELECT member_id FROM recipient
 WHERE tenant_id = ${p.tenantId} AND NOT deleted AND (member_id = ${p.memberId} OR email_key = ${p.emailKey})
 ORDER BY active DESC, member_id LIMIT 1`,
});

const insertUnsubscription = defineStatement({
  parameters: { tenantId: 'text', recipient: 'text', type: 'text' },
  text: (p) => `
INSERT INTO unsubscription (tenant_id, recipient, type) VALUES (${p.tenantId}, ${p.recipient}, ${p.type})
ON CONFLICT DO NOTHING RETURNING type`,
});

/** Adds to what the member chose for other types; the rest of a row that is there stays. */
const upsertChoice = defineStatement({
  parameters: { tenantId: 'text', memberId: 'text', type: 'text', channels: 'jsonb' },
  text: (p) => `
INSERT INTO member_preferences AS p (tenant_id, member_id, slack_off, types, categories, updated_by)
VALUES (${p.tenantId}, ${p.memberId}, false, jsonb_build_object(${p.type}, ${p.channels}), '{}', ${p.memberId})
ON CONFLICT (tenant_id, member_id) DO UPDATE
  SET types = p.types || excluded.types, updated_by = excluded.updated_by, updated_at = now()`,
});

/** Whether a link can be about this recipient: nobody else is told by e-mail. */
export const isAboutAPerson = (recipient: string): boolean =>
  recipient.startsWith(memberPrefix) || recipient.startsWith(emailPrefix);

@Injectable()
export class Unsubscriptions {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditLog,
  ) {}

  async add({ tenantId, recipient }: Unsubscribable, type: NotificationType): Promise<void> {
    await this.database.transaction(async (manager) => {
      const memberId = await memberOf(manager, tenantId, recipient);
      if (memberId === undefined && recipient.startsWith(memberPrefix)) return; // gone, and nothing of them is kept
      const remembered = memberId === undefined ? recipient : memberRecipient(memberId);
      const added = await runStatement<object[]>(
        manager,
        insertUnsubscription({ tenantId, recipient: remembered, type: type.name }),
      );
      const chosen = memberId !== undefined && (await chooseWithoutEmail(manager, tenantId, memberId, type));
      // Whoever has the link may follow it without end; the log only grows where something changes.
      if (added.length === 0 && !chosen) return;
      const act = {
        ...{ action: 'email.unsubscribed', tenantId },
        // Never an address: who is no member is known by the notification that carried the link.
        subject: memberId === undefined ? 'recipient:address' : memberRecipient(memberId),
        detail: { type: type.name },
      };
      await recordAudited(manager, this.audit, byLink(tenantId, memberId), act, remembered);
    });
  }
}

async function memberOf(manager: EntityManager, tenantId: string, recipient: string): Promise<string | undefined> {
  const memberId = recipient.startsWith(memberPrefix) ? recipient.slice(memberPrefix.length) : null;
  const address = memberId === null ? normaliseEmail(recipient.slice(emailPrefix.length)) : null;
  const rows = await runStatement<{ member_id: string }[]>(
    manager,
    selectMember({ tenantId, memberId, emailKey: address }),
  );
  return rows[0]?.member_id;
}

/** False: the member gets no e-mail about this type as it is. */
async function chooseWithoutEmail(
  manager: EntityManager,
  tenantId: string,
  memberId: string,
  type: NotificationType,
): Promise<boolean> {
  await lockName(manager, preferencesLock(tenantId, memberId));
  const own = await manager.getRepository(MemberPreferences).findOneBy({ tenantId, memberId });
  const defaults = await manager.getRepository(OrganisationDefaultsRow).findOneBy({ tenantId });
  // Whether all of Slack is off is another choice, and may change.
  const { channels } = chooseFor(
    type,
    defaults ? defaultsOf(defaults) : undefined,
    own ? { ...memberChoicesOf(own), slackOff: false } : undefined,
  );
  if (!channels.includes('email')) return false;
  const rest = channels.filter((channel) => channel !== 'email');
  await runStatement(manager, upsertChoice({ tenantId, memberId, type: type.name, channels: JSON.stringify(rest) }));
  return true;
}

/** Whoever has the link acts for the recipient; nobody has signed in. */
const byLink = (tenantId: string, memberId: string | undefined): AuditCaller => ({
  tenantId,
  actor: memberId === undefined ? { kind: 'system', id: 'unsubscribe-link' } : { kind: 'member', id: memberId },
});
