// An installation's tokens as they rest: sealed, and only while the installation is active.
import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('sealed_token')
export class SealedToken {
  @PrimaryColumn('uuid', { name: 'installation_id' })
  installationId!: string;

  /** The key that sealed the row, so that rows of an old key are found. */
  @Column('text')
  kid!: string;

  @Column('text', { name: 'access_token' })
  accessToken!: string;

  /** Present where the app has token rotation. */
  @Column('text', { name: 'refresh_token', nullable: true })
  refreshToken!: string | null;

  @Column('timestamptz', { name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  /** While this lies ahead, one process is exchanging the refresh token; the others leave it alone. */
  @Column('timestamptz', { name: 'refreshing_until', nullable: true })
  refreshingUntil!: Date | null;
}
