// Every migration, in order; a new one is added at the end.
import { CreateInstallations1795348800000 } from './1795348800000-create-installations.ts';

export const migrations = [CreateInstallations1795348800000] as const;
