// The one way to change an installation: the row, the event about it and the audit entry, in the caller's transaction.
// The caller holds the row's lock (`lockInstallation`), which keeps the events in the order of their versions.
import { nextVersion } from '@carillon/domain';
import { addToOutbox } from '@carillon/persistence';
import type { AuditCaller, AuditLog } from '@carillon/runtime';
import type { EntityManager } from 'typeorm';
import { changedEvent, deletedEvent } from './installation-events.ts';
import { Installation } from './installation.entity.ts';

export type InstallationAction =
  | 'connected'
  | 'reconnected'
  | 'renamed'
  | 'updated'
  | 'disconnected'
  | 'deleted'
  | 'lost';

interface Change {
  caller: AuditCaller;
  action: InstallationAction;
  /** The result of `auditView` before the change; absent for a new installation. */
  before?: AuditView;
}

export async function lockInstallation(
  manager: EntityManager,
  id: string,
  tenantId?: string,
): Promise<Installation | null> {
  return manager.findOne(Installation, {
    where: tenantId === undefined ? { id } : { id, tenantId },
    lock: { mode: 'pessimistic_write' },
  });
}

export async function recordChange(
  manager: EntityManager,
  audit: AuditLog,
  installation: Installation,
  change: Change,
): Promise<void> {
  installation.version = nextVersion(installation.version);
  await manager.save(Installation, installation);
  await addToOutbox(manager, [changedEvent(installation)]);
  await writeEntry(manager, audit, installation, change, auditView(installation));
}

export async function recordDeletion(
  manager: EntityManager,
  audit: AuditLog,
  installation: Installation,
  change: Change,
): Promise<void> {
  installation.version = nextVersion(installation.version);
  await manager.delete(Installation, { id: installation.id });
  await addToOutbox(manager, [deletedEvent(installation)]);
  await writeEntry(manager, audit, installation, change);
}

type AuditView = Pick<
  Installation,
  | 'name'
  | 'profile'
  | 'state'
  | 'stateReason'
  | 'teamId'
  | 'enterpriseId'
  | 'teamIds'
  | 'scopes'
  | 'teamName'
  | 'teamDomain'
>;

/** The fields of an installation that the audit log compares; none is secret. */
export function auditView(installation: Installation): AuditView {
  const { name, profile, state, stateReason, teamId, enterpriseId, teamIds, scopes, teamName, teamDomain } =
    installation;
  return { name, profile, state, stateReason, teamId, enterpriseId, teamIds, scopes, teamName, teamDomain };
}

/** The states, and each changed field before and after; long lists are cut. */
async function writeEntry(
  manager: EntityManager,
  audit: AuditLog,
  { id, tenantId }: Installation,
  { caller, action, before }: Change,
  after?: AuditView,
): Promise<void> {
  const changed =
    before && after
      ? (Object.keys(after) as (keyof AuditView)[]).filter(
          (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
        )
      : [];
  const changes = Object.fromEntries(
    changed.map((name) => [name, { before: short(before?.[name]), after: short(after?.[name]) }]),
  );
  await audit.record(manager, caller, {
    action: `installation.${action}`,
    subject: `installation:${id}`,
    tenantId,
    detail: {
      ...(before && { from: before.state }),
      ...(after && { to: after.state }),
      ...(after?.stateReason && { reason: after.stateReason }),
      ...(changed.length > 0 && { changes }),
    },
  });
}

const mostListed = 50;

const short = (value: unknown): unknown =>
  Array.isArray(value) && value.length > mostListed
    ? [...(value as unknown[]).slice(0, mostListed), `… ${value.length} in all`]
    : value;
