// The policy of a tenant for its installations; a tenant without a row has no restrictions.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('policy')
export class Policy {
  @PrimaryColumn('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('integer', { name: 'max_installations', nullable: true })
  maxInstallations!: number | null;

  @Column('boolean', { name: 'require_workspace_admin' })
  requireWorkspaceAdmin!: boolean;
}
