// Every migration of this service's database, in order; a new one is added at the end, and its hash to
// migrations.sha256. A migration is literal SQL and is never edited after it was released (docs/adr/0031).
import { CreateSchema1796700000000 } from './1796700000000-create-schema.ts';
import { AddTypeTitle1796800000000 } from './1796800000000-add-type-title.ts';
import { AddMessageRef1796900000000 } from './1796900000000-add-message-ref.ts';
import { OrderQueueByPriority1796910000000 } from './1796910000000-order-queue-by-priority.ts';
import { AddInstallationChangedIn1797000000000 } from './1797000000000-add-installation-changed-in.ts';
import { AttachDailyPartitions1797100000000 } from './1797100000000-attach-daily-partitions.ts';
import { IndexDueDigests1797200000000 } from './1797200000000-index-due-digests.ts';
import { AddRetractionAppliedAt1797300000000 } from './1797300000000-add-retraction-applied-at.ts';
import { AddTenantMoves1797400000000 } from './1797400000000-add-tenant-moves.ts';
import { AddContentVariants1797500000000 } from './1797500000000-add-content-variants.ts';
import { AddRolledUp1797710000000 } from './1797710000000-add-rolled-up.ts';
import { AddRollUpPosition1797720000000 } from './1797720000000-add-roll-up-position.ts';
import { AddRequestedAt1797800000000 } from './1797800000000-add-requested-at.ts';

export const migrations = [
  CreateSchema1796700000000,
  AddTypeTitle1796800000000,
  AddMessageRef1796900000000,
  OrderQueueByPriority1796910000000,
  AddInstallationChangedIn1797000000000,
  AttachDailyPartitions1797100000000,
  IndexDueDigests1797200000000,
  AddRetractionAppliedAt1797300000000,
  AddTenantMoves1797400000000,
  AddContentVariants1797500000000,
  AddRolledUp1797710000000,
  AddRollUpPosition1797720000000,
  AddRequestedAt1797800000000,
];
