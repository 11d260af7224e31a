// The directory's tables. Replicas keep a marker row with the version for what was deleted (its personal data gone), so
// that an older record read again can't bring it back.
import { outboxMigrationSql } from '@carillon/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateDirectory1795348800000 implements MigrationInterface {
  readonly name = 'CreateDirectory1795348800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(outboxMigrationSql);
    await runner.query(`
      CREATE TABLE installation (
        installation_id       text PRIMARY KEY,
        tenant_id             text NOT NULL,
        name                  text NOT NULL,
        state                 text NOT NULL,
        team_id               text,
        enterprise_id         text,
        is_enterprise_install boolean NOT NULL,
        scopes                text[] NOT NULL,
        version               bigint NOT NULL,
        deleted               boolean NOT NULL DEFAULT false,
        to_be_erased          boolean NOT NULL DEFAULT false,
        listed_at             timestamptz
      );
      CREATE INDEX installation_tenant ON installation (tenant_id);
      COMMENT ON COLUMN installation.to_be_erased IS 'deleted, or moved to another workspace: what we know of its people goes first';
      COMMENT ON COLUMN installation.listed_at IS 'when all its users were last known; null: nobody is linked or unmatched yet';

      CREATE TABLE member (
        tenant_id   text NOT NULL,
        member_id   text NOT NULL,
        email       text NOT NULL,
        email_key   text NOT NULL,
        name        text NOT NULL,
        locale      text,
        time_zone   text,
        active      boolean NOT NULL,
        version     bigint NOT NULL,
        recorded_at bigint NOT NULL,
        deleted     boolean NOT NULL DEFAULT false,
        PRIMARY KEY (tenant_id, member_id)
      );
      CREATE INDEX member_record_key ON member ((tenant_id || ':' || member_id));
      COMMENT ON COLUMN member.email_key IS 'normalised: what is compared';

      CREATE TABLE slack_user (
        installation_id text NOT NULL,
        slack_user_id   text NOT NULL,
        team_id         text NOT NULL,
        name            text NOT NULL,
        email           text,
        email_key       text,
        time_zone       text,
        active          boolean NOT NULL,
        PRIMARY KEY (installation_id, slack_user_id)
      );
      CREATE INDEX slack_user_email ON slack_user (email_key, installation_id) WHERE email_key IS NOT NULL;

      CREATE TABLE link (
        tenant_id       text NOT NULL,
        member_id       text NOT NULL,
        installation_id text NOT NULL,
        status          text NOT NULL,
        team_id         text,
        slack_user_id   text,
        choice          text CHECK (choice IN ('manual', 'removed')),
        changed_at      timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, member_id, installation_id)
      );
      CREATE INDEX link_installation ON link (installation_id, tenant_id, member_id);
      COMMENT ON COLUMN link.choice IS 'what an admin decided; no sync overrules it';

      CREATE TABLE recipient (
        tenant_id text NOT NULL,
        member_id text NOT NULL,
        version   bigint NOT NULL,
        digest    text,
        PRIMARY KEY (tenant_id, member_id)
      );
      COMMENT ON COLUMN recipient.digest IS 'of the state last published; null: a tombstone';

      CREATE TABLE channel (
        installation_id text NOT NULL,
        channel_id      text NOT NULL,
        team_id         text NOT NULL,
        name            text NOT NULL,
        private         boolean NOT NULL,
        PRIMARY KEY (installation_id, channel_id)
      );
      CREATE INDEX channel_name ON channel (installation_id, name);

      CREATE TABLE sync (
        id              uuid PRIMARY KEY,
        tenant_id       text NOT NULL,
        installation_id text NOT NULL,
        state           text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'failed')),
        reason          text NOT NULL,
        attempt         integer NOT NULL DEFAULT 0,
        not_before      timestamptz NOT NULL DEFAULT now(),
        lease_until     timestamptz,
        pages           integer NOT NULL DEFAULT 0,
        users_seen      integer NOT NULL DEFAULT 0,
        channels_seen   integer NOT NULL DEFAULT 0,
        links_changed   integer NOT NULL DEFAULT 0,
        error           text,
        created_at      timestamptz NOT NULL DEFAULT now(),
        started_at      timestamptz,
        finished_at     timestamptz
      );
      CREATE UNIQUE INDEX sync_unfinished ON sync (installation_id) WHERE state IN ('waiting', 'running');
      CREATE INDEX sync_installation ON sync (installation_id, created_at);
      COMMENT ON COLUMN sync.attempt IS 'who holds an older attempt no longer owns the sync';
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sync, channel, recipient, link, slack_user, member, installation, outbox');
  }
}
