// The first schema: replicas of the state topics, what organisations and members chose, and a version per tenant of it
// all. A replica's row outlives its tombstone (emptied, `deleted`), so that an older record that comes late changes
// nothing.
import type { MigrationInterface, QueryRunner } from 'typeorm';

export class CreateReplicasAndPreferences1795338000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE recipient (
        key text PRIMARY KEY,
        tenant_id text, member_id text, email text, email_key text, name text, active boolean,
        locale text, time_zone text, links jsonb,
        version bigint NOT NULL, deleted boolean NOT NULL
      ) WITH (fillfactor = 80);
      CREATE INDEX recipient_by_email ON recipient (tenant_id, email_key) WHERE NOT deleted;
      CREATE TABLE installation (
        key text PRIMARY KEY,
        tenant_id text, installation_id text, name text, state text, team_id text, enterprise_id text, installed_at timestamptz,
        version bigint NOT NULL, deleted boolean NOT NULL
      );
      CREATE INDEX installation_by_tenant ON installation (tenant_id) WHERE NOT deleted;
      CREATE TABLE knowledge_version (tenant_id text PRIMARY KEY, version bigint NOT NULL) WITH (fillfactor = 50);
      CREATE TABLE organisation_defaults (
        tenant_id text PRIMARY KEY,
        types jsonb NOT NULL, categories jsonb NOT NULL,
        updated_by text NOT NULL, updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE TABLE member_preferences (
        tenant_id text, member_id text,
        slack_off boolean NOT NULL, types jsonb NOT NULL, categories jsonb NOT NULL,
        updated_by text NOT NULL, updated_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (tenant_id, member_id)
      );`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(
      'DROP TABLE member_preferences, organisation_defaults, knowledge_version, installation, recipient',
    );
  }
}
