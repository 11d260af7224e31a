// One change, as it is told later: who, when, what, before and after. Never a token, and nothing of a person but the
// id of the member who acted.
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('audit_entry')
export class AuditEntry {
  @PrimaryGeneratedColumn('identity', { type: 'bigint', generatedIdentity: 'ALWAYS' })
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('timestamptz', { default: () => 'clock_timestamp()' })
  at!: Date;

  /** `member:ada`, `service:delivery` or `slack`. */
  @Column('text')
  actor!: string;

  @Column('text')
  action!: string;

  @Column('text', { name: 'installation_id', nullable: true })
  installationId!: string | null;

  @Column('jsonb', { nullable: true })
  before!: object | null;

  @Column('jsonb', { nullable: true })
  after!: object | null;
}
