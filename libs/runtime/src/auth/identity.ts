// Who calls, and for which tenant. Guarantees: a tenant is only ever known from the token, and is one that the operator
// declared; a controller never sees a caller whose role needs a tenant without one.
import type { Role } from '@carillon/domain';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { notFound, Problem } from '../http/problem.ts';

export interface Identity {
  /** The token's subject: a member's id, a product's, a client's. */
  memberId: string;
  roles: Role[];
  /**
   * The tenants that the token names; more than one only for products. Empty for services and platform-wide operators.
   */
  tenantIds: readonly string[];
  /**
   * The tenant that this request is about. Absent where the caller serves several, or the whole platform, and named
   * none.
   */
  tenantId?: string;
  /** The OAuth client, where the token names it. */
  clientId?: string;
  email?: string;
  /** The network address that the request came from. */
  address?: string;
}

const identities = new WeakMap<object, Identity>();

export function rememberIdentity(request: object, identity: Identity): void {
  identities.set(request, identity);
}

export const identityOfRequest = (request: object): Identity | undefined => identities.get(request);

/** The Identity of the request; undefined on a public route. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) =>
  identities.get(context.switchToHttp().getRequest<object>()),
);

/** The one rule of which tenants a caller reaches. A tenant that the request names narrows a caller of several. */
export function mayAccess({ tenantId, tenantIds, roles }: Identity, wanted: string): boolean {
  if (tenantId !== undefined) return tenantId === wanted && (tenantIds.length === 0 || tenantIds.includes(wanted));
  return tenantIds.length > 0 ? tenantIds.includes(wanted) : roles.includes('operator');
}

/**
 * The tenant that a request is about.
 * @param named what the request itself says, for callers who serve several tenants or the whole platform
 * @throws Problem 403 for a tenant that is not the caller's, or not the one in the header; 400 where one must be named
 *   and is not. A token without a tenant that its role needs never comes so far: it is 401 (identity-of.ts)
 */
export function tenantOf(caller: Identity, named?: string): string {
  const tenantId = named ?? caller.tenantId;
  if (tenantId === undefined) {
    throw new Problem(400, 'Bad Request', 'name the tenant in the header carillon-tenant or in tenantId', [
      { path: 'tenantId', message: 'is required' },
    ]);
  }
  if (!mayAccess(caller, tenantId)) throw foreignTenant();
  return tenantId;
}

/**
 * What was found by its id, where the caller may access it.
 * @throws Problem 404 where nothing was found and where it is another tenant's, in the same words
 */
export function ownedOrNotFound<T extends { tenantId: string }>(
  caller: Identity,
  found: T | undefined,
  what: string,
): T {
  if (!found || !mayAccess(caller, found.tenantId)) throw notFound(what);
  return found;
}

export const foreignTenant = (): Problem =>
  new Problem(
    403,
    'Forbidden',
    'the token is not for this tenant',
    [{ path: 'tenantId', message: 'is not a tenant of the token' }],
    { refusalReason: 'the token is not for this tenant' },
  );

/** @param needed one of them is needed */
export const wrongRole = ({ roles }: Identity, needed: readonly Role[]): Problem =>
  new Problem(
    403,
    'Forbidden',
    `needs one of the roles ${needed.join(', ')}; the token has ${roles.length > 0 ? roles.join(', ') : 'none'}`,
  );
