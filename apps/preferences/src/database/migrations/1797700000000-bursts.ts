// How many messages of a type a recipient had in the present window, and which position each of them has in its
// window. Only what a throttle holds for is counted.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Bursts1797700000000 implements MigrationInterface {
  readonly name = 'Bursts1797700000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE burst_window (
        tenant_id  text COLLATE "C" NOT NULL,
        type       text COLLATE "C" NOT NULL,
        recipient  text COLLATE "C" NOT NULL,
        started_at timestamptz(3) NOT NULL,
        -- Not later than started_at: nothing was counted yet.
        ends_at    timestamptz(3) NOT NULL,
        counted    integer NOT NULL,
        PRIMARY KEY (tenant_id, type, recipient)
      );
      CREATE TABLE burst_position (
        -- The notification, or its collapse group.
        counted_id uuid NOT NULL,
        recipient  text COLLATE "C" NOT NULL,
        started_at timestamptz(3) NOT NULL,
        ends_at    timestamptz(3) NOT NULL,
        position   integer NOT NULL,
        PRIMARY KEY (counted_id, recipient)
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE burst_position; DROP TABLE burst_window');
  }
}
