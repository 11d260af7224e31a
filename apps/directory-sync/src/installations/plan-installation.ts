// What a newer state of an installation means for the directory. Pure. Guarantees: people are listed when an
// installation becomes able to list them (new, active again, moved, more scopes); a lost or disconnected one keeps its
// links, so that they are still there when it is connected again; one that was deleted, or moved to another workspace,
// loses them.
import type { InstallationState } from '@carillon/domain';

export interface KnownInstallation {
  tenantId: string;
  state: string;
  teamId: string | null;
  enterpriseId: string | null;
  scopes: string[];
  deleted: boolean;
}

export interface InstallationPlan {
  /** Whether its people, channels and links are erased. */
  erase: boolean;
  /** Whether it is to be synced. */
  sync: boolean;
  /** Why an unfinished sync ends. */
  endSyncs?: string;
}

/** @param next the newer state; null: it was deleted */
export function planInstallation(
  known: KnownInstallation | undefined,
  next: InstallationState | null,
): InstallationPlan {
  if (next === null) return { erase: true, sync: false, endSyncs: 'installation_deleted' };
  const moved =
    known !== undefined &&
    !known.deleted &&
    ((next.teamId ?? null) !== known.teamId || (next.enterpriseId ?? null) !== known.enterpriseId);
  if (next.state !== 'active') return { erase: moved, sync: false, endSyncs: `installation_${next.state}` };
  const gained = next.scopes.some((scope) => !known?.scopes.includes(scope));
  return { erase: moved, sync: !known || known.deleted || known.state !== 'active' || moved || gained };
}
