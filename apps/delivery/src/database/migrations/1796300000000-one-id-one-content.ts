// The digest of each request, so that one id has one content; and how often another content came under an id.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OneIdOneContent1796300000000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      ALTER TABLE notification ADD COLUMN request_hash text COLLATE "C";

      CREATE TABLE id_reuse (
        notification_id uuid PRIMARY KEY,
        tenant_id text NOT NULL,
        times integer NOT NULL,
        first_at timestamptz NOT NULL DEFAULT now(),
        last_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX id_reuse_last ON id_reuse (last_at);
    `);
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query('DROP TABLE id_reuse; ALTER TABLE notification DROP COLUMN request_hash');
  }
}
