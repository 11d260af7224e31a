// The first schema: installations, their sealed tokens apart from them (deleting the one deletes the other), attempts
// to connect, a tenant's policy, the audit and the outbox. Promise: the database itself refuses a workspace that would
// be connected twice.
import { outboxMigrationSql } from '@carillon/persistence';
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateInstallations1795348800000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE installation (
        id                      uuid PRIMARY KEY,
        tenant_id               text NOT NULL,
        name                    text NOT NULL,
        profile                 text NOT NULL,
        state                   text NOT NULL CHECK (state IN ('active', 'lost', 'disconnected')),
        state_reason            text,
        workspace_id            text NOT NULL,
        team_id                 text,
        enterprise_id           text,
        is_enterprise_install   boolean NOT NULL,
        app_id                  text NOT NULL,
        bot_user_id             text NOT NULL,
        bot_id                  text,
        scopes                  text[] NOT NULL,
        team_name               text,
        team_domain             text,
        icon_url                text,
        connected_by            text NOT NULL,
        connected_by_slack_user text,
        installed_at            timestamptz(3) NOT NULL,
        authorized_at           timestamptz(3) NOT NULL,
        version                 integer NOT NULL
      );
      -- A tenant has a workspace once, and a workspace serves one tenant at a time (one app has one token per workspace).
      CREATE UNIQUE INDEX installation_tenant_workspace ON installation (tenant_id, workspace_id);
      CREATE UNIQUE INDEX installation_active_workspace ON installation (workspace_id) WHERE state = 'active';
      CREATE INDEX installation_tenant_order ON installation (tenant_id, installed_at, id);

      CREATE TABLE sealed_token (
        installation_id  uuid PRIMARY KEY REFERENCES installation (id) ON DELETE CASCADE,
        kid              text NOT NULL,
        access_token     text NOT NULL,
        refresh_token    text,
        expires_at       timestamptz(3),
        refreshing_until timestamptz(3)
      );

      CREATE TABLE connection_attempt (
        id              uuid PRIMARY KEY,
        tenant_id       text NOT NULL,
        member_id       text NOT NULL,
        name            text,
        profile         text NOT NULL,
        installation_id uuid,
        return_to       text NOT NULL,
        browser_digest  text,
        expires_at      timestamptz(3) NOT NULL,
        used_at         timestamptz(3)
      );
      CREATE INDEX connection_attempt_expiry ON connection_attempt (expires_at);

      CREATE TABLE policy (
        tenant_id               text PRIMARY KEY,
        max_installations       integer CHECK (max_installations > 0),
        require_workspace_admin boolean NOT NULL
      );

      CREATE TABLE audit_entry (
        id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        tenant_id       text NOT NULL,
        at              timestamptz(3) NOT NULL DEFAULT clock_timestamp(),
        actor           text NOT NULL,
        action          text NOT NULL,
        installation_id uuid,
        before          jsonb,
        after           jsonb
      );
      CREATE INDEX audit_entry_tenant ON audit_entry (tenant_id, id);
    `);
    await runner.query(outboxMigrationSql);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE outbox, audit_entry, policy, connection_attempt, sealed_token, installation');
  }
}
