// The event about a change of an installation. Guarantees: it contains no token and no person; each change of an
// installation has a higher version than the one before.
import { installationChanged, type InstallationState } from '@carillon/domain';
import { encode, tombstone, type RawRecord } from '@carillon/messaging';
import type { Installation } from './installation.entity.ts';

export const eventSource = '/carillon/installation';

export function changedEvent(installation: Installation): RawRecord {
  return encode(installationChanged, {
    id: `${installation.id}/${installation.version}`,
    source: eventSource,
    subject: installation.id,
    data: stateOf(installation),
  });
}

export function deletedEvent(installation: Installation): RawRecord {
  return tombstone(installationChanged, installation.id, installation.version);
}

export function stateOf(installation: Installation): InstallationState {
  return {
    installationId: installation.id,
    tenantId: installation.tenantId,
    name: installation.name,
    profile: installation.profile,
    // A pending installation is in no event.
    state: installation.state === 'pending' ? 'disconnected' : installation.state,
    ...present('stateReason', installation.stateReason),
    ...present('teamId', installation.teamId),
    ...present('enterpriseId', installation.enterpriseId),
    isEnterpriseInstall: installation.isEnterpriseInstall,
    ...present('teamIds', installation.teamIds),
    appId: installation.appId,
    botUserId: installation.botUserId,
    scopes: installation.scopes,
    ...present('teamName', installation.teamName),
    ...present('teamDomain', installation.teamDomain),
    ...present('iconUrl', installation.iconUrl),
    installedAt: installation.installedAt.toISOString(),
    ...present('connectedBy', installation.connectedBy),
    ...present('connectedBySlackUser', installation.connectedBySlackUser),
    version: installation.version,
  };
}

export function present<Name extends string, Value>(
  name: Name,
  value: Value | null | undefined,
): { [N in Name]?: Value } {
  return (value === null || value === undefined ? {} : { [name]: value }) as { [N in Name]?: Value };
}
