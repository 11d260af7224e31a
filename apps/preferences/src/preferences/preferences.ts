// Reads and replaces what organisations and members chose. Guarantees: nothing is read or written outside the given
// tenant. A change applies to the next notification. It is in the audit log if it is stored: who made it and the names
// of the types and categories, never the earlier values.
import { Injectable } from '@nestjs/common';
import { memberRecipient } from '@carillon/domain/ids';
import { AuditLog, type AuditAct, type Identity } from '@carillon/runtime';
import { DataSource, type EntityManager } from 'typeorm';
import type { ChannelChoices, MemberChoices } from '../resolution/resolution-context.ts';
import { recordChange } from '../resolution/context-version.ts';
import { MemberPreferences } from './member-preferences.entity.ts';
import { OrganisationDefaults } from './organisation-defaults.entity.ts';

const noChoices = { types: {}, categories: {} };

@Injectable()
export class Preferences {
  constructor(
    private readonly database: DataSource,
    private readonly audit: AuditLog,
  ) {}

  async defaultsOf(tenantId: string): Promise<ChannelChoices> {
    const row = await this.database.getRepository(OrganisationDefaults).findOneBy({ tenantId });
    return row ? { types: row.types, categories: row.categories } : noChoices;
  }

  async setDefaults(tenantId: string, choices: ChannelChoices, caller: Identity): Promise<void> {
    const { types, categories } = choices;
    const row = { tenantId, types, categories, updatedBy: caller.memberId, updatedAt: new Date() };
    const act = { action: 'defaults.changed', subject: `tenant:${tenantId}`, detail: namesOf(choices), tenantId };
    await this.change(caller, act, null, (manager) => manager.upsert(OrganisationDefaults, row, ['tenantId']));
  }

  async choicesOf(tenantId: string, memberId: string): Promise<MemberChoices> {
    const row = await this.database.getRepository(MemberPreferences).findOneBy({ tenantId, memberId });
    return row
      ? { slackOff: row.slackOff, types: row.types, categories: row.categories }
      : { slackOff: false, ...noChoices };
  }

  async setChoices(tenantId: string, memberId: string, choices: MemberChoices, caller: Identity): Promise<void> {
    const { slackOff, types, categories } = choices;
    const row = { tenantId, memberId, slackOff, types, categories, updatedBy: caller.memberId, updatedAt: new Date() };
    const recipient = memberRecipient(memberId);
    const act = {
      action: 'preferences.changed',
      subject: recipient,
      detail: { slackOff, ...namesOf(choices) },
      tenantId,
    };
    await this.change(caller, act, recipient, (manager) =>
      manager.upsert(MemberPreferences, row, ['tenantId', 'memberId']),
    );
  }

  private async change(
    caller: Identity,
    act: AuditAct & { tenantId: string },
    recipient: string | null,
    write: (manager: EntityManager) => Promise<unknown>,
  ): Promise<void> {
    await this.database.transaction(async (manager) => {
      await write(manager);
      await this.audit.record(manager, caller, act);
      const { text, values } = recordChange({ tenantId: act.tenantId, recipient });
      await manager.query(text, values);
    });
  }
}

const namesOf = ({ types, categories }: ChannelChoices): Record<string, unknown> => ({
  types: Object.keys(types),
  categories: Object.keys(categories),
});
