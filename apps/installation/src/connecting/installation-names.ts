// The names of a tenant's installations. Guarantee: two installations of a tenant have different names, whatever the
// case of their letters. Who asks in a transaction keeps the answer true until its end.
import { defineStatement } from '@carillon/persistence';
import type { EntityManager } from 'typeorm';

/** @param own the installation that may have the name */
export async function isNameTaken(
  manager: EntityManager,
  tenantId: string,
  name: string | null,
  own: string | undefined,
): Promise<boolean> {
  if (name === null) return false;
  const lock = lockNames({ tenantId });
  await manager.query(lock.text, lock.values);
  const { text, values } = namesake({ tenantId, name, own: own ?? null });
  const [row] = await manager.query<{ taken: boolean }[]>(text, values);
  return row!.taken;
}

const lockNames = defineStatement({
  parameters: { tenantId: 'text' },
  text: (p) => `SELECT pg_advisory_xact_lock(hashtextextended('names:' || ${p.tenantId}, 0))`,
});

const namesake = defineStatement({
  parameters: { tenantId: 'text', name: 'text', own: 'uuid?' },
  text: (p) => `
SELECT EXISTS (SELECT FROM installation
                WHERE tenant_id = ${p.tenantId} AND lower(name) = lower(${p.name})
                  AND id IS DISTINCT FROM ${p.own}) AS taken`,
});
