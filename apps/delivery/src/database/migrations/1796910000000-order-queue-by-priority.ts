// The queue's index begins with the priority, so that a page of a lane's channels is read per priority and an urgent
// delivery is found however many channels wait. The previous release reads the queue of a lane without its priority; by
// this index that is slower, and correct.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class OrderQueueByPriority1796910000000 implements MigrationInterface {
  readonly name = 'OrderQueueByPriority1796910000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX delivery_queue_by_priority ON delivery_live (lane, priority, channel, seq) WHERE state IN ('ready', 'unknown');
      DROP INDEX delivery_queue;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE INDEX delivery_queue ON delivery_live (lane, channel, priority, seq) WHERE state IN ('ready', 'unknown');
      DROP INDEX delivery_queue_by_priority;
    `);
  }
}
