// Attempts of members to link their own Slack account. One per member and installation: a new one replaces the last.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class SelfLinks1797810000000 implements MigrationInterface {
  readonly name = 'SelfLinks1797810000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE self_link_attempt (
        tenant_id       text NOT NULL,
        member_id       text NOT NULL,
        installation_id text NOT NULL,
        id              uuid NOT NULL,
        state_digest    text NOT NULL,
        browser_digest  text NOT NULL,
        nonce           text NOT NULL,
        return_to       text,
        expires_at      timestamptz(3) NOT NULL,
        used_at         timestamptz(3),
        PRIMARY KEY (tenant_id, member_id, installation_id)
      );
      CREATE UNIQUE INDEX self_link_attempt_state ON self_link_attempt (state_digest);
      CREATE INDEX self_link_attempt_installation ON self_link_attempt (installation_id);
      CREATE INDEX self_link_attempt_expired ON self_link_attempt (expires_at);
      COMMENT ON COLUMN self_link_attempt.browser_digest IS 'of the secret in the cookie of the browser that began';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE self_link_attempt');
  }
}
