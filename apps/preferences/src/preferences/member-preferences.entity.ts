// What a member chose: per type, per category, and whether Slack is off altogether.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ChannelChoices } from '../resolution/resolution-context.ts';

@Entity({ name: 'member_preferences' })
export class MemberPreferences {
  @PrimaryColumn('text', { name: 'tenant_id' })
  tenantId!: string;

  @PrimaryColumn('text', { name: 'member_id' })
  memberId!: string;

  @Column('boolean', { name: 'slack_off' })
  slackOff!: boolean;

  @Column('jsonb')
  types!: ChannelChoices['types'];

  @Column('jsonb')
  categories!: ChannelChoices['categories'];

  @Column('text', { name: 'updated_by' })
  updatedBy!: string;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
