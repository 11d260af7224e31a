// The request that tells the person who connected an installation that it is lost. Guarantee: one per loss, however
// often it is published, because its id contains the version of the loss.
import { installationLost, notificationRequested, platformSource } from '@carillon/domain';
import { encode, type RawRecord } from '@carillon/messaging';
import type { Installation } from './installation.entity.ts';

export function lostNotification(installation: Installation, reason: string): RawRecord {
  const { id, tenantId, name, teamName, teamDomain, version, connectedBy } = installation;
  const workspace = (teamName ?? teamDomain ?? '').slice(0, 200);
  return encode(notificationRequested, {
    id: `installation-lost/${id}/${version}`,
    source: platformSource,
    data: installationLost(tenantId, connectedBy, { installationId: id, name, workspace, reason }),
  });
}
