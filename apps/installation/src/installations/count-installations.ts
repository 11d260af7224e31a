// How many installations of a tenant count against its policy.
import { In, type EntityManager } from 'typeorm';
import { countedStates } from '../connecting/admission.ts';
import { Installation } from './installation.entity.ts';

export const countInstallations = (manager: EntityManager, tenantId: string): Promise<number> =>
  manager.countBy(Installation, { tenantId, state: In([...countedStates]) });
