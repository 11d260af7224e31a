// Every migration of this service, in order. The list is the truth; nothing is found by a pattern.
import { CreateReplicasAndPreferences1795338000000 } from './1795338000000-create-replicas-and-preferences.ts';
import { CreateUnsubscription1795341600000 } from './1795341600000-create-unsubscription.ts';
import { AddScopesOfInstallations1795600000000 } from './1795600000000-add-scopes-of-installations.ts';
import { CreateRequestDigest1796500000000 } from './1796500000000-create-request-digest.ts';
import { CreateBulkBacklog1796500100000 } from './1796500100000-create-bulk-backlog.ts';
import { CreateAudit1796500200000 } from './1796500200000-create-audit.ts';
import { FollowTopics1796600000000 } from './1796600000000-follow-topics.ts';

export const migrations = [
  CreateReplicasAndPreferences1795338000000,
  CreateUnsubscription1795341600000,
  AddScopesOfInstallations1795600000000,
  CreateRequestDigest1796500000000,
  CreateBulkBacklog1796500100000,
  CreateAudit1796500200000,
  FollowTopics1796600000000,
];
