// The one way an installation changes: row, announcement and audit entry in the caller's transaction.
// The caller holds the row's lock (`lockInstallation`), which keeps announcements in the order of their versions.
import { addToOutbox } from '@carillon/persistence';
import type { EntityManager } from 'typeorm';
import { AuditEntry } from '../audit/audit-entry.entity.ts';
import type { Actor } from '../audit/actor.ts';
import { announcement, farewell } from './announcement.ts';
import { Installation } from './installation.entity.ts';

export type InstallationAction = 'connected' | 'reconnected' | 'renamed' | 'disconnected' | 'deleted' | 'lost';

interface Change {
  actor: Actor;
  action: InstallationAction;
  /** As `auditView` gave it before anything was changed; absent for what did not exist. */
  before?: object;
}

export async function lockInstallation(manager: EntityManager, id: string, tenantId?: string): Promise<Installation | null> {
  return manager.findOne(Installation, {
    where: tenantId === undefined ? { id } : { id, tenantId },
    lock: { mode: 'pessimistic_write' },
  });
}

export async function recordChange(manager: EntityManager, installation: Installation, change: Change): Promise<void> {
  installation.version += 1;
  await manager.save(Installation, installation);
  await addToOutbox(manager, [announcement(installation)]);
  await audit(manager, installation, change, auditView(installation));
}

export async function recordDeletion(manager: EntityManager, installation: Installation, change: Change): Promise<void> {
  installation.version += 1;
  await manager.delete(Installation, { id: installation.id });
  await addToOutbox(manager, [farewell(installation)]);
  await audit(manager, installation, change, null);
}

/** What of an installation is worth comparing later; nothing secret, nobody's name. */
export function auditView(installation: Installation): object {
  const { name, profile, state, stateReason, teamId, enterpriseId, scopes, teamName } = installation;
  return { name, profile, state, stateReason, teamId, enterpriseId, scopes, teamName };
}

async function audit(manager: EntityManager, installation: Installation, change: Change, after: object | null): Promise<void> {
  await manager.insert(AuditEntry, {
    tenantId: installation.tenantId,
    actor: change.actor,
    action: `installation.${change.action}`,
    installationId: installation.id,
    before: change.before ?? null,
    after,
  });
}
