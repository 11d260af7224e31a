// What a member chose: per type, per category, and for everything.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredChannels, StoredSettings } from './stored-choices.ts';

@Entity({ name: 'member_preferences' })
export class MemberPreferences {
  @PrimaryColumn('text', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('text', { name: 'member_id' })
  memberId!: string;

  @Column('boolean', { name: 'slack_off' })
  slackOff!: boolean;

  @Column('jsonb')
  types!: StoredChannels;

  @Column('jsonb')
  categories!: StoredChannels;

  @Column('jsonb', { nullable: true })
  settings!: (StoredSettings & object) | null;

  @Column('bigint')
  version!: string;

  @Column('text', { name: 'updated_by' })
  updatedBy!: string;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
