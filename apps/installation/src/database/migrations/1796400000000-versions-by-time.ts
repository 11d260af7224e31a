// Room for versions that are times in milliseconds: counted from 1 they would have been outranked by every forged one
// for good. What is stored keeps its count until its next change.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class VersionsByTime1796400000000 implements MigrationInterface {
  readonly name = 'VersionsByTime1796400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE installation ALTER COLUMN version TYPE bigint');
  }

  down(): Promise<void> {
    return Promise.reject(new Error('a version never becomes smaller'));
  }
}
