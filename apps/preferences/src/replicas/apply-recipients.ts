// Keeps this service's replica of the people and their links. Guarantees: of a deleted person only the key and the
// version stay; their preferences, unsubscriptions and follows are deleted in the same statement. A change of a person
// is recorded for the tenant's context.
import { Inject, Injectable } from '@nestjs/common';
import { normaliseEmail, recipientChanged, type RecipientState } from '@carillon/domain';
import type { Batch, Handles } from '@carillon/messaging';
import { DATABASE, stateReplica, storeNewer, Tenants, type StateReplica } from '@carillon/runtime';
import type { Pool } from 'pg';
import { recordChanges } from '../resolution/context-version.ts';

const forgetChoices = `, preferences AS (
  DELETE FROM member_preferences p USING written w
   WHERE w.deleted AND p.tenant_id = w.tenant_id AND p.member_id = w.member_id
  RETURNING 1),
unsubscriptions AS (
  DELETE FROM unsubscription u USING written w
   WHERE w.deleted AND u.tenant_id = w.tenant_id AND u.recipient = 'member:' || w.member_id
  RETURNING 1),
followed AS (
  DELETE FROM topic_follower f USING written w
   WHERE w.deleted AND f.tenant_id = w.tenant_id AND f.kind = 'member' AND f.id = w.member_id),
roles_lost AS (
  DELETE FROM recipient_role r USING written w
   WHERE r.tenant_id = w.tenant_id AND r.member_id = w.member_id
     AND (w.roles IS NULL OR NOT r.role = ANY (w.roles))),
roles_won AS (
  INSERT INTO recipient_role (tenant_id, role, member_id)
  SELECT w.tenant_id, role, w.member_id FROM written w, unnest(w.roles) AS role WHERE NOT w.deleted
  ON CONFLICT DO NOTHING)`;

// Counting the deleted rows has them locked before the tenant's version: a member's own change locks in this order.
const changed = `
SELECT tenant_id, 'member:' || member_id AS recipient FROM written
 WHERE tenant_id IS NOT NULL
   AND (SELECT count(*) FROM preferences) + (SELECT count(*) FROM unsubscriptions) >= 0`;

@Injectable()
export class ApplyRecipients implements Handles<typeof recipientChanged> {
  readonly replica: StateReplica<typeof recipientChanged>;

  constructor(@Inject(DATABASE) pool: Pool, tenants: Tenants) {
    this.replica = stateReplica(pool, tenants, {
      topic: recipientChanged,
      table: 'recipient',
      key: 'key',
      keysNameTenants: true,
      store: storeNewer(pool, {
        table: 'recipient',
        key: 'key',
        columns: {
          tenantId: 'text?',
          memberId: 'text?',
          email: 'text?',
          emailKey: 'text?',
          name: 'text?',
          active: 'boolean?',
          locale: 'text?',
          timeZone: 'text?',
          roles: 'text?',
          links: 'jsonb?',
        },
        row: (state: RecipientState | null) => ({
          tenantId: state?.tenantId,
          memberId: state?.memberId,
          email: state?.email,
          emailKey: state && normaliseEmail(state.email),
          name: state?.name,
          active: state?.active,
          locale: state?.locale,
          timeZone: state?.timeZone,
          roles: state?.roles?.join(' '),
          links: state && JSON.stringify(state.links),
        }),
        // No role contains a space.
        expressions: { roles: "string_to_array(roles, ' ')" },
        kept: ['tenant_id', 'member_id'],
        then: `${forgetChoices},${recordChanges(changed)}`,
      }),
    });
  }

  handle(batch: Batch<typeof recipientChanged>): Promise<void> {
    return this.replica.handle(batch);
  }
}
