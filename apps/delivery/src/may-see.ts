// Whether a caller may see what belongs to a tenant: the tenant that the request is about, or, where it names none, any
// of those that the caller serves. What it may not see does not exist for it.
import { serves, type Identity } from '@carillon/runtime';

export const maySee = (caller: Identity, tenantId: string): boolean =>
  serves(caller, tenantId) && (caller.tenantId === undefined || caller.tenantId === tenantId);
