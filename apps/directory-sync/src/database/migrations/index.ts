// All migrations of the directory's database, in order.
import { CreateDirectory1795348800000 } from './1795348800000-create-directory.ts';
import { FollowTopicsAndAudit1796200000000 } from './1796200000000-follow-topics-and-audit.ts';

export const migrations = [CreateDirectory1795348800000, FollowTopicsAndAudit1796200000000];
