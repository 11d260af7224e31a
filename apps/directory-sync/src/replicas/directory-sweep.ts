// What of the directory's replicas is compared with their topics, and what follows from a key that is gone.
import { replicaSweep } from '@carillon/runtime';
import { InstallationReplica } from '../installations/installation-replica.ts';
import { MemberReplica } from '../members/member-replica.ts';

export const sweptReplicas = (members: MemberReplica, installations: InstallationReplica) => [
  members.replica.swept(),
  installations.replica.swept(),
];

export const directorySweep = replicaSweep('directory-sync', [MemberReplica, InstallationReplica], sweptReplicas);
