// Who unsubscribed from the e-mails of which type, by a link in an e-mail.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateUnsubscription1795341600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE unsubscription (
        tenant_id text, recipient text, type text,
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, recipient, type)
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE unsubscription');
  }
}
