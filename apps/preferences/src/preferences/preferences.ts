// What organisations and members chose, as it is read and replaced whole.
// Promises: nothing is read or written outside the given tenant; a change counts for the next notification.
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { ChannelChoices, MemberChoices } from '../resolution/knowledge.ts';
import { growVersionOf } from '../resolution/knowledge-version.ts';
import { MemberPreferences } from './member-preferences.entity.ts';
import { OrganisationDefaults } from './organisation-defaults.entity.ts';

const noChoices = { types: {}, categories: {} };

@Injectable()
export class Preferences {
  constructor(private readonly database: DataSource) {}

  async defaultsOf(tenantId: string): Promise<ChannelChoices> {
    const row = await this.database.getRepository(OrganisationDefaults).findOneBy({ tenantId });
    return row ? { types: row.types, categories: row.categories } : noChoices;
  }

  async setDefaults(tenantId: string, { types, categories }: ChannelChoices, updatedBy: string): Promise<void> {
    const row = { tenantId, types, categories, updatedBy, updatedAt: new Date() };
    await this.change(tenantId, (manager) => manager.upsert(OrganisationDefaults, row, ['tenantId']));
  }

  async choicesOf(tenantId: string, memberId: string): Promise<MemberChoices> {
    const row = await this.database.getRepository(MemberPreferences).findOneBy({ tenantId, memberId });
    return row ? { slackOff: row.slackOff, types: row.types, categories: row.categories } : { slackOff: false, ...noChoices };
  }

  async setChoices(tenantId: string, memberId: string, { slackOff, types, categories }: MemberChoices, updatedBy: string): Promise<void> {
    const row = { tenantId, memberId, slackOff, types, categories, updatedBy, updatedAt: new Date() };
    await this.change(tenantId, (manager) => manager.upsert(MemberPreferences, row, ['tenantId', 'memberId']));
  }

  private async change(tenantId: string, write: (manager: EntityManager) => Promise<unknown>): Promise<void> {
    await this.database.transaction(async (manager) => {
      await write(manager);
      await manager.query(growVersionOf('(VALUES ($1::text)) AS changed (tenant_id)'), [tenantId]);
    });
  }
}
