// The sealed tokens of an installation. The row exists only while the installation is active.
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

  /** Grows with each pair of tokens. Sealing a pair with another key does not change it. */
  @Column('integer', { default: 0 })
  generation!: number;

  /** Until this instant one process exchanges the refresh token, and the others do not. */
  @Column('timestamptz', { name: 'refreshing_until', nullable: true })
  refreshingUntil!: Date | null;
}
