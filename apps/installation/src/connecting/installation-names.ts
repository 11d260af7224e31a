// The names of a tenant's installations. Guarantee: two installations of a tenant have different names, whatever the
// case of their letters. Who asks in a transaction keeps the answer true until its end.
import { defineStatement, lockName } from '@carillon/persistence';
import type { EntityManager } from 'typeorm';

/** @param own the installation that may have the name */
export async function isNameTaken(
  manager: EntityManager,
  tenantId: string,
  name: string | null,
  own: string | undefined,
): Promise<boolean> {
  if (name === null) return false;
  await lockName(manager, `names:${tenantId}`);
  const { text, values } = namesake({ tenantId, name, own: own ?? null });
  const [row] = await manager.query<{ taken: boolean }[]>(text, values);
  return row!.taken;
}

const namesake = defineStatement({
  parameters: { tenantId: 'text', name: 'text', own: 'uuid?' },
  text: (p) => `
SELECT EXISTS (SELECT FROM installation
                WHERE tenant_id = ${p.tenantId} AND lower(name) = lower(${p.name})
                  AND id IS DISTINCT FROM ${p.own}) AS taken`,
});
