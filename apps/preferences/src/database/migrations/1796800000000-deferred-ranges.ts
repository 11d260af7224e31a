// Requests beyond a quota stay in the requested topic; the database records their offsets instead of their copies in
// another topic.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class DeferredRanges1796800000000 implements MigrationInterface {
  readonly name = 'DeferredRanges1796800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- The deferred requests: of a tenant in a partition of the requested topic, those from one offset to another.
      CREATE TABLE deferred_range (
        partition    integer,
        tenant_id    text COLLATE "C",
        first_offset bigint NOT NULL,
        last_offset  bigint NOT NULL,
        PRIMARY KEY (partition, tenant_id),
        CHECK (first_offset <= last_offset)
      ) WITH (fillfactor = 50);

      DROP TABLE bulk_backlog;
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('requests may be deferred: go forward with another migration'));
  }
}
