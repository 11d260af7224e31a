// Every migration of this service's database, in order; a new one is added at the end, and its hash to
// migrations.sha256. A migration is literal SQL and is never edited after it was released (docs/adr/0031).
import { CreateSchema1796700000000 } from './1796700000000-create-schema.ts';
import { CoveredWorkspaces1796900000000 } from './1796900000000-covered-workspaces.ts';
import { MemberRoles1797400000000 } from './1797400000000-member-roles.ts';
import { DirectoryEvents1797500000000 } from './1797500000000-directory-events.ts';
import { SavedDestinations1797600000000 } from './1797600000000-saved-destinations.ts';
import { WhoConnected1797650000000 } from './1797650000000-who-connected.ts';
import { ChannelPublications1797660000000 } from './1797660000000-channel-publications.ts';
import { DurableStaging1797780000000 } from './1797780000000-durable-staging.ts';
import { MatchingPolicy1797800000000 } from './1797800000000-matching-policy.ts';
import { SelfLinks1797810000000 } from './1797810000000-self-links.ts';
import { LookupIndexes1797900000000 } from './1797900000000-lookup-indexes.ts';

export const migrations = [
  CreateSchema1796700000000,
  CoveredWorkspaces1796900000000,
  MemberRoles1797400000000,
  DirectoryEvents1797500000000,
  SavedDestinations1797600000000,
  WhoConnected1797650000000,
  ChannelPublications1797660000000,
  DurableStaging1797780000000,
  MatchingPolicy1797800000000,
  SelfLinks1797810000000,
  LookupIndexes1797900000000,
];
