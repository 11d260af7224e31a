// One id, one content: the digest of the first request of each notification. One table and no partitions by day: a key
// that is unique over days can't be held by a table per day. Deleting in steps of pages (forget-digests.ts) needs no
// second index.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateRequestDigest1796500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE request_digest (
        notification_id uuid PRIMARY KEY,
        digest text COLLATE "C" NOT NULL,
        seen_on date NOT NULL DEFAULT current_date
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE request_digest');
  }
}
