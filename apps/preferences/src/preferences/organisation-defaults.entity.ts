// What an organisation chose for all its members; a member's own choice overrides it.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { StoredChannels, StoredSettings } from './stored-choices.ts';

@Entity({ name: 'organisation_defaults' })
export class OrganisationDefaultsRow {
  @PrimaryColumn('text', { name: 'tenant_id' })
  tenantId!: string;

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
