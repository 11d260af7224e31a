// The migrations of this service's database, in order.
import { CreateLedger1763800000000 } from './1763800000000-create-ledger.ts';

export const migrations = [CreateLedger1763800000000];
