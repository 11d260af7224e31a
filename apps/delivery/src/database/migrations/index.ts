// The migrations of this service's database, in order.
import { CreateLedger1763800000000 } from './1763800000000-create-ledger.ts';
import { RememberUploads1796000000000 } from './1796000000000-remember-uploads.ts';
import { CarryEveryKind1796100000000 } from './1796100000000-carry-every-kind.ts';
import { PartitionByFunction1796250000000 } from './1796250000000-partition-by-function.ts';
import { OneIdOneContent1796300000000 } from './1796300000000-one-id-one-content.ts';
import { Audit1796310000000 } from './1796310000000-audit.ts';
import { FirstSeen1796320000000 } from './1796320000000-first-seen.ts';

export const migrations = [
  CreateLedger1763800000000,
  RememberUploads1796000000000,
  CarryEveryKind1796100000000,
  PartitionByFunction1796250000000,
  OneIdOneContent1796300000000,
  Audit1796310000000,
  FirstSeen1796320000000,
];
