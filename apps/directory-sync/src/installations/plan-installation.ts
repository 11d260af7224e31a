// What a newer state of an installation means for the directory. Pure. Promises: people are listed when an installation
// becomes able to list them (new, active again, moved, more scopes); a lost or disconnected one keeps its links, so a
// reconnect finds everybody where they were; one that moved to another workspace starts from nothing.
import type { InstallationState } from '@carillon/domain';

export interface KnownInstallation {
  installationId: string;
  tenantId: string;
  state: string;
  teamId: string | null;
  enterpriseId: string | null;
  scopes: string[];
  version: number;
  deleted: boolean;
}

export interface InstallationPlan {
  erase: boolean;
  sync: boolean;
  /** Why an unfinished sync ends. */
  endSyncs?: string;
}

export function planInstallation(
  known: KnownInstallation | undefined,
  next: InstallationState,
): InstallationPlan | undefined {
  if (known && next.version <= known.version) return undefined;
  const moved =
    known !== undefined &&
    !known.deleted &&
    ((next.teamId ?? null) !== known.teamId || (next.enterpriseId ?? null) !== known.enterpriseId);
  if (next.state !== 'active') return { erase: moved, sync: false, endSyncs: `installation_${next.state}` };
  const gained = next.scopes.some((scope) => !known?.scopes.includes(scope));
  return { erase: moved, sync: !known || known.deleted || known.state !== 'active' || moved || gained };
}
