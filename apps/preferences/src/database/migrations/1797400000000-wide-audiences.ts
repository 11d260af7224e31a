// Audiences that are found by a search: members by role, followers of topics, and the fan-outs that go through them.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class WideAudiences1797400000000 implements MigrationInterface {
  readonly name = 'WideAudiences1797400000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE recipient ADD COLUMN roles text[];
      CREATE INDEX recipient_active ON recipient (tenant_id, member_id) WHERE NOT deleted AND active;
      -- The roles once more, so that a page of those who have one is read in order.
      CREATE TABLE recipient_role (
        tenant_id text,
        role      text,
        member_id text,
        PRIMARY KEY (tenant_id, role, member_id)
      );
      CREATE INDEX recipient_role_of ON recipient_role (tenant_id, member_id);

      -- Who follows what. A channel is a follower, too, in the installation that is named, or in the tenant's first.
      CREATE TABLE topic_follower (
        tenant_id    text,
        topic        text,
        kind         text,
        id           text,
        installation text,
        added_by     text NOT NULL,
        added_at     timestamptz(3) NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, topic, kind, id)
      );
      CREATE INDEX topic_followed_by ON topic_follower (tenant_id, kind, id, topic);

      -- Requests whose audience is found by a search, page by page, and how far each has come.
      CREATE TABLE fan_out (
        notification_id uuid PRIMARY KEY,
        tenant_id       text COLLATE "C" NOT NULL,
        urgent          boolean NOT NULL,
        event           json NOT NULL,
        page            integer NOT NULL,
        position        json NOT NULL,
        leased_until    timestamptz NOT NULL DEFAULT '-infinity',
        begun_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
        done_at         timestamptz
      ) WITH (fillfactor = 50);
      COMMENT ON COLUMN fan_out.event IS 'the request, its type and its trace; null once it is done';
      CREATE INDEX fan_out_open ON fan_out (tenant_id, urgent DESC, page, begun_at) WHERE done_at IS NULL;
      CREATE INDEX fan_out_done ON fan_out (done_at) WHERE done_at IS NOT NULL;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE fan_out, topic_follower, recipient_role;
      DROP INDEX recipient_active;
      ALTER TABLE recipient DROP COLUMN roles;
    `);
  }
}
