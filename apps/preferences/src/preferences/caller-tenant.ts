// The tenant a caller acts in: the one of the token, never one that the caller names.
import { Problem, type Identity } from '@carillon/runtime';

export function tenantOf(caller: Identity): string {
  if (caller.tenantId === undefined) throw new Problem(403, 'Forbidden', 'The token belongs to no tenant.');
  return caller.tenantId;
}
