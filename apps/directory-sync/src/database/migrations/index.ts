// All migrations of the directory's database, in order.
import { CreateDirectory1795348800000 } from './1795348800000-create-directory.ts';

export const migrations = [CreateDirectory1795348800000];
