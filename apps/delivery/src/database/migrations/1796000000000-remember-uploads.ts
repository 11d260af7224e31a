// Files that Slack already holds for deliveries that are not settled.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class RememberUploads1796000000000 implements MigrationInterface {
  async up(query: QueryRunner): Promise<void> {
    await query.query(`
      CREATE TABLE file_upload (
        delivery_id uuid NOT NULL,
        -- The file's place in the content.
        n integer NOT NULL,
        file_id text NOT NULL,
        title text NOT NULL,
        uploaded_at timestamptz NOT NULL,
        PRIMARY KEY (delivery_id, n)
      )`);
  }

  async down(query: QueryRunner): Promise<void> {
    await query.query('DROP TABLE file_upload');
  }
}
