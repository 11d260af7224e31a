// Until when each topic was followed, and an end to versions from the far future, which were believed once: a row whose
// version lies more than 24 hours ahead of today would outrank all later states. Such a row gets the time.
import { replicaMigrationSql } from '@carillon/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class FollowTopics1796600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(replicaMigrationSql);
    for (const table of ['recipient', 'installation']) {
      await runner.query(
        `UPDATE ${table} SET version = now.ms FROM (SELECT (extract(epoch FROM now()) * 1000)::bigint AS ms) AS now WHERE version > now.ms + 86400000`,
      );
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE replica');
  }
}
