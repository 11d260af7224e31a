// The SQL of the calls to Slack that are repeated. A task that a process works on is due again after `leaseMs`, so that
// another process takes over from one that ended.
import { defineStatement } from '@carillon/persistence';

/** Longer than the calls of a task take together. */
const leaseMs = 60_000;

export const insertTask = defineStatement({
  parameters: {
    kind: 'text',
    subject: 'uuid',
    tenantId: 'text',
    workspaceId: 'text',
    detail: 'jsonb',
    kid: 'text?',
    accessToken: 'text?',
    refreshToken: 'text?',
    tokenExpiresAt: 'timestamptz?',
  },
  text: (p) => `
INSERT INTO slack_task (kind, subject, tenant_id, workspace_id, detail, kid, access_token, refresh_token, token_expires_at)
VALUES (${p.kind}, ${p.subject}, ${p.tenantId}, ${p.workspaceId}, ${p.detail}, ${p.kid}, ${p.accessToken},
        ${p.refreshToken}, ${p.tokenExpiresAt})
ON CONFLICT (subject, kind) WHERE kind <> 'revoke'
DO UPDATE SET detail = CASE WHEN excluded.detail->>'at' < slack_task.detail->>'at' THEN slack_task.detail
                           ELSE excluded.detail END,
              due_at = clock_timestamp(), attempts = slack_task.attempts + 1
RETURNING id`,
});

const columns = `t.id, t.kind, t.subject, t.tenant_id AS "tenantId", t.workspace_id AS "workspaceId", t.detail, t.kid,
          t.access_token AS "accessToken", t.refresh_token AS "refreshToken", t.token_expires_at AS "tokenExpiresAt",
          t.attempts, t.created_at AS "createdAt"`;

/** Tenants take turns: the first due task of each, then the second. */
export const claimDue = defineStatement({
  parameters: { most: 'integer' },
  text: (p) => `
WITH RECURSIVE tenant AS (
  SELECT min(tenant_id) AS id FROM slack_task
  UNION ALL
  SELECT (SELECT min(tenant_id) FROM slack_task WHERE tenant_id > tenant.id) FROM tenant WHERE tenant.id IS NOT NULL),
due AS (
  SELECT d.id, d.due_at, d.turn
    FROM tenant CROSS JOIN LATERAL (
      SELECT first.id, first.due_at, row_number() OVER (ORDER BY first.due_at) AS turn
        FROM (SELECT s.id, s.due_at FROM slack_task s
               WHERE s.tenant_id = tenant.id AND s.due_at <= clock_timestamp() ORDER BY s.due_at LIMIT ${p.most}) first) d),
picked AS (
  SELECT t.id FROM slack_task t JOIN due USING (id)
   WHERE t.due_at <= clock_timestamp()
   ORDER BY due.turn, due.due_at LIMIT ${p.most} FOR UPDATE OF t SKIP LOCKED)
UPDATE slack_task t SET attempts = t.attempts + 1, due_at = clock_timestamp() + interval '${leaseMs} milliseconds'
  FROM picked WHERE t.id = picked.id
RETURNING ${columns}`,
});

export const claimOne = defineStatement({
  parameters: { id: 'bigint' },
  text: (p) => `
UPDATE slack_task t SET attempts = t.attempts + 1, due_at = clock_timestamp() + interval '${leaseMs} milliseconds'
 WHERE t.id = (SELECT id FROM slack_task WHERE id = ${p.id} AND due_at <= clock_timestamp() FOR UPDATE SKIP LOCKED)
RETURNING ${columns}`,
});

/** Not where the task was added again meanwhile: that counts as an attempt, so `attempts` differs. */
export const deleteTask = defineStatement({
  parameters: { id: 'bigint', attempts: 'integer' },
  text: (p) => `DELETE FROM slack_task WHERE id = ${p.id} AND attempts = ${p.attempts}`,
});

export const repeatTask = defineStatement({
  parameters: { id: 'bigint', attempts: 'integer', delayMs: 'float8', error: 'text' },
  text: (p) => `
UPDATE slack_task SET due_at = clock_timestamp() + ${p.delayMs} * interval '1 millisecond', last_error = ${p.error}
 WHERE id = ${p.id} AND attempts = ${p.attempts}`,
});

export const replaceTokens = defineStatement({
  parameters: {
    id: 'bigint',
    kid: 'text',
    accessToken: 'text',
    refreshToken: 'text?',
    tokenExpiresAt: 'timestamptz?',
  },
  text: (p) => `
UPDATE slack_task SET kid = ${p.kid}, access_token = ${p.accessToken}, refresh_token = ${p.refreshToken},
       token_expires_at = ${p.tokenExpiresAt}
 WHERE id = ${p.id}`,
});

export const pendingRevocations = defineStatement({
  parameters: { subjects: 'uuid[]' },
  text: (p) => `
SELECT DISTINCT subject FROM slack_task WHERE kind = 'revoke' AND subject = ANY (${p.subjects})`,
});

export const uninstallToo = defineStatement({
  parameters: { subject: 'uuid' },
  text: (p) => `
UPDATE slack_task SET detail = '{"uninstall": true}' WHERE kind = 'revoke' AND subject = ${p.subject}`,
});
