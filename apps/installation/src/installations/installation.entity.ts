// One Slack installation of a tenant. Its token is in a table of its own.
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { InstallationStateName } from '@carillon/domain';

/** `pending`: Slack has granted it, and the person who began the connection has not confirmed it. */
export type KnownState = InstallationStateName | 'pending';

@Entity('installation')
export class Installation {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text', { name: 'tenant_id' })
  tenantId!: string;

  @Column('text')
  name!: string;

  @Column('text')
  profile!: string;

  @Column('text')
  state!: KnownState;

  @Column('text', { name: 'state_reason', nullable: true })
  stateReason!: string | null;

  /** What Slack keys the installation by: the team, or the enterprise of an org-wide one. */
  @Column('text', { name: 'workspace_id' })
  workspaceId!: string;

  @Column('text', { name: 'team_id', nullable: true })
  teamId!: string | null;

  @Column('text', { name: 'enterprise_id', nullable: true })
  enterpriseId!: string | null;

  @Column('boolean', { name: 'is_enterprise_install' })
  isEnterpriseInstall!: boolean;

  /** The workspaces that an organisation-wide installation covers, sorted; null before they were listed. */
  @Column('text', { name: 'team_ids', array: true, nullable: true })
  teamIds!: string[] | null;

  @Column('text', { name: 'app_id' })
  appId!: string;

  @Column('text', { name: 'bot_user_id' })
  botUserId!: string;

  @Column('text', { name: 'bot_id', nullable: true })
  botId!: string | null;

  /** As Slack granted them, sorted. */
  @Column('text', { array: true })
  scopes!: string[];

  @Column('text', { name: 'team_name', nullable: true })
  teamName!: string | null;

  @Column('text', { name: 'team_domain', nullable: true })
  teamDomain!: string | null;

  @Column('text', { name: 'icon_url', nullable: true })
  iconUrl!: string | null;

  /** The member who connected it last, and who that was in Slack. */
  @Column('text', { name: 'connected_by' })
  connectedBy!: string;

  @Column('text', { name: 'connected_by_slack_user', nullable: true })
  connectedBySlackUser!: string | null;

  @Column('timestamptz', { name: 'installed_at' })
  installedAt!: Date;

  /** When Slack last granted a token through a browser. Events about the time before it have no effect. */
  @Column('timestamptz', { name: 'authorized_at' })
  authorizedAt!: Date;

  /** Grows with every change (`nextVersion`); consumers of installation.changed compare only this. */
  @Column('bigint', { transformer: { from: Number, to: (version: unknown) => version } })
  version!: number;
}
