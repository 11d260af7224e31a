// Who calls, as the token says. Promises: a tenant is only ever known from here.
import { createParamDecorator, SetMetadata, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import type { Role } from '@carillon/domain';

export interface Identity {
  /** Absent for service and operator tokens that belong to no tenant. */
  tenantId?: string;
  memberId: string;
  roles: Role[];
  email?: string;
}

const PUBLIC_ROUTE = Symbol('public route');
const ROUTE_ROLES = Symbol('route roles');

/** Open to everybody: health, metrics, OpenAPI, the browser's steps of OAuth, requests that Slack signs. */
export const Public = (): CustomDecorator<symbol> => SetMetadata(PUBLIC_ROUTE, true);

/** Open to whoever has one of the roles. On a class it holds for all of its routes; a route's own decorator replaces it. */
export const Roles = (...roles: [Role, ...Role[]]): CustomDecorator<symbol> => SetMetadata(ROUTE_ROLES, roles);

/** What was decided for a route: its own decorators, else its class's; undefined when nobody decided. */
export function accessOf(handler: object, controller: object): 'public' | Role[] | undefined {
  for (const target of [handler, controller]) {
    const roles = Reflect.getMetadata(ROUTE_ROLES, target) as Role[] | undefined;
    if (roles) return roles;
    if (Reflect.getMetadata(PUBLIC_ROUTE, target) === true) return 'public';
  }
  return undefined;
}

const identities = new WeakMap<object, Identity>();

export function rememberIdentity(request: object, identity: Identity): void {
  identities.set(request, identity);
}

/** The Identity of the request; undefined on a public route. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext) => identities.get(context.switchToHttp().getRequest<object>()));
