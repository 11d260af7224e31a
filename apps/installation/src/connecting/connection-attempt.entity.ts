// An attempt to connect a workspace: what an admin requested, whether the link was used, what Slack granted, and
// whether the admin confirmed it. The sealed tokens are in the row only while the confirmation is awaited.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { ScopeProfileName } from '@carillon/domain';
import type { ObservedGrant } from './observed-grant.ts';

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

  /** The digest of the secret in the cookie of the browser that went on to Slack. */
  @Column('text', { name: 'browser_digest', nullable: true })
  browserDigest!: string | null;

  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;

  @Column('timestamptz', { name: 'used_at', nullable: true })
  usedAt!: Date | null;

  @Column('jsonb', { nullable: true })
  granted!: ObservedGrant | null;

  /** The installation that a confirmation creates or renews. */
  @Column('uuid', { name: 'granted_to', nullable: true })
  grantedTo!: string | null;

  @Column('text', { nullable: true })
  kid!: string | null;

  @Column('text', { name: 'access_token', nullable: true })
  accessToken!: string | null;

  @Column('text', { name: 'refresh_token', nullable: true })
  refreshToken!: string | null;

  @Column('timestamptz', { name: 'token_expires_at', nullable: true })
  tokenExpiresAt!: Date | null;

  @Column('timestamptz', { name: 'confirm_by', nullable: true })
  confirmBy!: Date | null;

  @Column('timestamptz', { name: 'confirmed_at', nullable: true })
  confirmedAt!: Date | null;

  /** The code of the refusal, where it was refused. */
  @Column('text', { nullable: true })
  refused!: string | null;
}
