// An attempt to connect a workspace: what an admin requested, and whether the attempt was used.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ScopeProfileName } from '@carillon/domain';

@Entity('connection_attempt')
export class ConnectionAttempt {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text', { name: 'member_id' })
  memberId!: string;

  /** Absent where an installation is connected again under the name it has. */
  @Column('text', { nullable: true })
  name!: string | null;

  @Column('text')
  profile!: ScopeProfileName;

  @Column('uuid', { name: 'installation_id', nullable: true })
  installationId!: string | null;

  @Column('text', { name: 'return_to' })
  returnTo!: string;

  /** The digest of the secret in the cookie of the browser that opened the link. */
  @Column('text', { name: 'browser_digest', nullable: true })
  browserDigest!: string | null;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt!: Date | null;
}
