// Every migration of this service, in order. The list is the truth; nothing is found by a pattern.
import { CreateReplicasAndPreferences1795338000000 } from './1795338000000-create-replicas-and-preferences.ts';

export const migrations = [CreateReplicasAndPreferences1795338000000];
