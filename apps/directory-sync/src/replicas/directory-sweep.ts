// What of the directory's replicas is compared with their topics, and what follows from a key that is gone.
import { installationChanged, memberChanged } from '@carillon/domain';
import { replicaSweep } from '@carillon/runtime';
import { InstallationReplica } from '../installations/installation-replica.ts';
import { MemberReplica } from '../members/member-replica.ts';

export const sweptReplicas = (members: MemberReplica, installations: InstallationReplica) => [
  {
    topic: memberChanged,
    rows: `SELECT tenant_id || ':' || member_id AS key, version FROM member WHERE NOT deleted`,
    forget: members.forget.bind(members),
  },
  {
    topic: installationChanged,
    rows: 'SELECT installation_id AS key, version FROM installation WHERE NOT deleted',
    forget: installations.forget.bind(installations),
  },
];

export const directorySweep = replicaSweep('directory-sync', [MemberReplica, InstallationReplica], sweptReplicas);
