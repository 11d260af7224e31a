// Every migration of this service's database, in order; a new one is added at the end, and its hash to
// migrations.sha256. A migration is literal SQL and is never edited after it was released (docs/adr/0031).
import { CreateSchema1796700000000 } from './1796700000000-create-schema.ts';
import { DeferredRanges1796800000000 } from './1796800000000-deferred-ranges.ts';
import { ContextVersion1796900000000 } from './1796900000000-context-version.ts';
import { ContextChanges1797000000000 } from './1797000000000-context-changes.ts';
import { PreferenceSettings1797100000000 } from './1797100000000-preference-settings.ts';
import { Workflows1797200000000 } from './1797200000000-workflows.ts';
import { Catalogue1797300000000 } from './1797300000000-catalogue.ts';
import { WideAudiences1797400000000 } from './1797400000000-wide-audiences.ts';
import { SavedDestinations1797550000000 } from './1797550000000-saved-destinations.ts';
import { Bursts1797700000000 } from './1797700000000-bursts.ts';
import { Categories1797900000000 } from './1797900000000-categories.ts';
import { RecentEvents1797950000000 } from './1797950000000-recent-events.ts';
import { Channels1798000000000 } from './1798000000000-channels.ts';

export const migrations = [
  CreateSchema1796700000000,
  DeferredRanges1796800000000,
  ContextVersion1796900000000,
  ContextChanges1797000000000,
  PreferenceSettings1797100000000,
  Workflows1797200000000,
  Catalogue1797300000000,
  WideAudiences1797400000000,
  SavedDestinations1797550000000,
  Bursts1797700000000,
  Categories1797900000000,
  RecentEvents1797950000000,
  Channels1798000000000,
];
