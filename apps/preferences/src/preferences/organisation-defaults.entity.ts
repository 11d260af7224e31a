// What an organisation chose for all its members; a member's own choice overrides it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ChannelChoices } from '../resolution/resolution-context.ts';

@Entity({ name: 'organisation_defaults' })
export class OrganisationDefaults {
  @PrimaryColumn('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('jsonb')
  types!: ChannelChoices['types'];

  @Column('jsonb')
  categories!: ChannelChoices['categories'];

  @Column('text', { name: 'updated_by' })
  updatedBy!: string;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
