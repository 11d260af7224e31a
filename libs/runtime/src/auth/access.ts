// What a route says about its callers, as decorators. A route without one is closed to everybody.
import type { Role } from '@carillon/domain';
import { SetMetadata, type CustomDecorator } from '@nestjs/common';

const PUBLIC_ROUTE = Symbol('public route');
const ROUTE_ROLES = Symbol('route roles');
const INTERNAL_ROUTE = Symbol('internal route');
const ROUTE_RATE = Symbol('route rate');

/** Open to everybody: health, metrics, OpenAPI, the browser's steps of OAuth, requests that Slack signs. */
export const Public = (): CustomDecorator<symbol> => SetMetadata(PUBLIC_ROUTE, true);

/**
 * Open to whoever has one of the roles. On a class it holds for all of its routes; a route's own decorator replaces it.
 */
export const Roles = (...roles: [Role, ...Role[]]): CustomDecorator<symbol> => SetMetadata(ROUTE_ROLES, roles);

/** Served on the internal listener only, where the service has one (INTERNAL_PORT). */
export const Internal = (): CustomDecorator<symbol> => SetMetadata(INTERNAL_ROUTE, true);

export interface Rate {
  perSecond: number;
  burst: number;
}

/** A limit per caller of this route's own, in place of the one that all writes of a caller share. */
export const RateLimit = (rate: Rate): CustomDecorator<symbol> => SetMetadata(ROUTE_RATE, rate);

/** What was decided for a route: its own decorators, else its class's; undefined when nobody decided. */
export function accessOf(handler: object, controller: object): 'public' | Role[] | undefined {
  for (const target of [handler, controller]) {
    const roles = Reflect.getMetadata(ROUTE_ROLES, target) as Role[] | undefined;
    if (roles) return roles;
    if (Reflect.getMetadata(PUBLIC_ROUTE, target) === true) return 'public';
  }
  return undefined;
}

export const isInternal = (handler: object, controller: object): boolean =>
  [handler, controller].some((target) => Reflect.getMetadata(INTERNAL_ROUTE, target) === true);

export const rateOf = (handler: object, controller: object): Rate | undefined =>
  (Reflect.getMetadata(ROUTE_RATE, handler) ?? Reflect.getMetadata(ROUTE_RATE, controller)) as Rate | undefined;
