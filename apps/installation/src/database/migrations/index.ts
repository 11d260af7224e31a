// Every migration, in order; a new one is added at the end.
import { CreateInstallations1795348800000 } from './1795348800000-create-installations.ts';
import { AppendOnlyAudit1796300000000 } from './1796300000000-append-only-audit.ts';
import { VersionsByTime1796400000000 } from './1796400000000-versions-by-time.ts';

export const migrations = [
  CreateInstallations1795348800000,
  AppendOnlyAudit1796300000000,
  VersionsByTime1796400000000,
] as const;
