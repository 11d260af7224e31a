// Which channels were published on Kafka, and which changed since. Triggers note every change of a channel, so that no
// writer forgets to; an index finds a channel by a part of its name within an installation.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class ChannelPublications1797660000000 implements MigrationInterface {
  readonly name = 'ChannelPublications1797660000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE channel_publication (
        installation_id text NOT NULL,
        channel_id      text NOT NULL,
        tenant_id       text NOT NULL,
        version         bigint NOT NULL DEFAULT 0,
        pending         boolean NOT NULL DEFAULT true,
        PRIMARY KEY (installation_id, channel_id)
      );
      COMMENT ON COLUMN channel_publication.version IS 'of the record that was published last; 0: none was';
      COMMENT ON COLUMN channel_publication.pending IS 'whether the channel changed since then';
      CREATE INDEX channel_publication_pending ON channel_publication (installation_id) WHERE pending;

      CREATE FUNCTION channel_changed() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' THEN
          INSERT INTO channel_publication AS p (installation_id, channel_id, tenant_id)
          SELECT installation_id, channel_id, i.tenant_id
            FROM after_change c JOIN before_change b USING (installation_id, channel_id) JOIN installation i USING (installation_id)
           WHERE (b.team_id, b.name, b.private, b.archived, b.member) IS DISTINCT FROM (c.team_id, c.name, c.private, c.archived, c.member)
           ORDER BY installation_id, channel_id
          -- Also where it is pending: the publisher must wait for this transaction, or pass over the row.
          ON CONFLICT (installation_id, channel_id) DO UPDATE SET pending = true;
        ELSIF TG_OP = 'INSERT' THEN
          INSERT INTO channel_publication AS p (installation_id, channel_id, tenant_id)
          SELECT installation_id, channel_id, i.tenant_id FROM after_change JOIN installation i USING (installation_id)
           ORDER BY installation_id, channel_id
          ON CONFLICT (installation_id, channel_id) DO UPDATE SET pending = true;
        ELSE
          WITH locked AS MATERIALIZED (
            SELECT installation_id, channel_id FROM channel_publication JOIN before_change USING (installation_id, channel_id)
             ORDER BY installation_id, channel_id FOR UPDATE OF channel_publication)
          UPDATE channel_publication p SET pending = true FROM locked
           WHERE p.installation_id = locked.installation_id AND p.channel_id = locked.channel_id;
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER channel_inserted AFTER INSERT ON channel
        REFERENCING NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION channel_changed();
      CREATE TRIGGER channel_updated AFTER UPDATE ON channel
        REFERENCING OLD TABLE AS before_change NEW TABLE AS after_change FOR EACH STATEMENT EXECUTE FUNCTION channel_changed();
      CREATE TRIGGER channel_deleted AFTER DELETE ON channel
        REFERENCING OLD TABLE AS before_change FOR EACH STATEMENT EXECUTE FUNCTION channel_changed();

      INSERT INTO channel_publication (installation_id, channel_id, tenant_id)
      SELECT installation_id, channel_id, i.tenant_id FROM channel JOIN installation i USING (installation_id);

      CREATE EXTENSION IF NOT EXISTS pg_trgm;
      CREATE EXTENSION IF NOT EXISTS btree_gin;
      CREATE INDEX channel_part_of_name ON channel USING gin (installation_id, name gin_trgm_ops);
    `);
  }

  down(): Promise<void> {
    return Promise.reject(new Error('a migration is not turned back: restore the database'));
  }
}
