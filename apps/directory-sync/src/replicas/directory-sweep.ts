// The replicas of this service that are compared with their topics after a long time without updates.
import { replicaSweep } from '@carillon/runtime';
import { InstallationReplica } from '../installations/installation-replica.ts';
import { MemberReplica } from '../members/member-replica.ts';

export const sweptReplicas = (members: MemberReplica, installations: InstallationReplica) => [
  members.replica.swept(),
  installations.replica.swept(),
];

export const directorySweep = replicaSweep('directory-sync', [MemberReplica, InstallationReplica], sweptReplicas);
