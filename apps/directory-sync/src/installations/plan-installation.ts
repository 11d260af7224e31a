// What a newer state of an installation means for the directory. Pure. Guarantees: people are listed when an
// installation becomes able to list them (new, active again, moved, more scopes) and when the workspaces change that an
// organisation-wide one covers; a workspace that joins an organisation keeps its people; a lost or disconnected one
// keeps its links, so that they are still there when it is connected again; one that was deleted, or moved to another
// workspace, loses them.
import type { InstallationState } from '@carillon/domain';

export interface KnownInstallation {
  tenantId: string;
  state: string;
  teamId: string | null;
  enterpriseId: string | null;
  scopes: string[];
  /** The workspaces that an organisation-wide installation covers. */
  teamIds: string[];
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
  const moved = known !== undefined && !known.deleted && placeOf(next) !== placeOf(known);
  if (next.state !== 'active') return { erase: moved, sync: false, endSyncs: `installation_${next.state}` };
  const gained = next.scopes.some((scope) => !known?.scopes.includes(scope));
  const covers = [...(next.teamIds ?? [])].sort().join() !== [...(known?.teamIds ?? [])].sort().join();
  return { erase: moved, sync: !known || known.deleted || known.state !== 'active' || moved || gained || covers };
}

/** The workspace, or the organisation of an organisation-wide installation. */
const placeOf = ({
  teamId,
  enterpriseId,
}: {
  teamId?: string | null | undefined;
  enterpriseId?: string | null | undefined;
}): string => teamId ?? enterpriseId ?? '';
