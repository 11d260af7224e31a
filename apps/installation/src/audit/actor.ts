// Who did something, as the audit log writes it.
import type { Identity } from '@carillon/runtime';

export type Actor = `member:${string}` | `service:${string}` | 'slack';

export const actorOf = (caller: Identity): Actor =>
  caller.roles.includes('service') && caller.tenantId === undefined ? `service:${caller.memberId}` : `member:${caller.memberId}`;
