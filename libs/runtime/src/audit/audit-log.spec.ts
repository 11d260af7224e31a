import { describe, expect, test } from '@jest/globals';
import { auditEntry, type AuditEntry } from '@carillon/domain';
import { actorOf, AuditLog } from './audit-log.ts';

describe('an actor', () => {
  test.each([
    [['service'], 'service'],
    [['operator'], 'operator'],
    [['product'], 'product'],
    [['owner', 'member'], 'member'],
  ] as const)('with the roles %s is a %s', (roles, kind) => {
    expect(actorOf({ memberId: 'x', roles: [...roles] })).toEqual({ kind, id: 'x', roles });
  });
});

describe('a refusal', () => {
  test('is an entry of the schema, whatever the caller put into its token', async () => {
    const written: AuditEntry[] = [];
    const audit = new AuditLog({ service: 'spec', write: (entries) => Promise.resolve(void written.push(...entries)) });
    for (const memberId of ['ada', 'a\0b', '\ud800', 'x'.repeat(5_000), '']) {
      for (const tenantId of ['acme', '__proto__', '../acme', '', 'x'.repeat(5_000)]) {
        audit.recordRefusal(
          { memberId, tenantId, roles: ['member'] },
          { route: 'GET /v1/x', reason: 'role', status: 403 },
        );
      }
    }
    await audit.flush();
    expect(written.length).toBeGreaterThan(20);
    for (const entry of written) expect(auditEntry.safeParse(entry).error).toBeUndefined();
    expect(written[0]).toMatchObject({
      action: 'request.refused',
      outcome: 'refused',
      subject: 'route:GET /v1/x',
      detail: { reason: 'role', status: 403, count: 1 },
    });
  });
});
