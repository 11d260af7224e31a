// Whether a grant may be kept or confirmed now: the rules of admission, asked with the rows locked. Guarantees: the
// answer is true until the end of the transaction; however many installations a tenant has, only the wanted one and the
// workspace's are read. The caller holds the lock of the workspace.
import { lockName } from '@carillon/persistence';
import type { EntityManager } from 'typeorm';
import { countInstallations } from '../installations/count-installations.ts';
import { Installation } from '../installations/installation.entity.ts';
import type { Policies } from '../policy/policies.ts';
import { admit } from './admission.ts';
import type { ConnectionAttempt } from './connection-attempt.entity.ts';
import { ConnectionRefused } from './connection-refusals.ts';
import { isNameTaken } from './installation-names.ts';
import type { ObservedGrant } from './observed-grant.ts';

/** @returns the installation that the grant renews; undefined where it creates one. Throws ConnectionRefused. */
export async function admitGrant(
  manager: EntityManager,
  policies: Policies,
  { tenantId, installationId, name }: ConnectionAttempt,
  { workspaceId, isWorkspaceAdmin }: ObservedGrant,
): Promise<Installation | undefined> {
  const policy = await policies.get(tenantId, manager);
  const admission = admit({
    tenantId,
    workspaceId,
    wantedId: installationId,
    known: await manager.find(Installation, {
      where: [{ workspaceId }, ...(installationId === null ? [] : [{ id: installationId, tenantId }])],
      order: { id: 'ASC' },
      lock: { mode: 'pessimistic_write' },
    }),
    counted: policy.maxInstallations === null ? 0 : await countLocked(manager, tenantId),
    policy,
    isWorkspaceAdmin,
  });
  if ('refusal' in admission) throw new ConnectionRefused(admission.refusal);
  const renewed = 'renews' in admission ? admission.renews : undefined;
  if (await isNameTaken(manager, tenantId, name, renewed?.id)) throw new ConnectionRefused('name_taken');
  return renewed;
}

/** Two grants of a tenant at the same time must not both find the last room. */
async function countLocked(manager: EntityManager, tenantId: string): Promise<number> {
  await lockName(manager, `count:${tenantId}`);
  return countInstallations(manager, tenantId);
}
