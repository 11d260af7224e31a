// Lists the routes of an application and who may call each, from the decorators. Guarantees: the guard decides by the
// same data.
import type { Role } from '@carillon/domain';
import { RequestMethod, type INestApplicationContext, type Type } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { accessOf } from '../auth/access.ts';

export interface Route {
  method: string;
  path: string;
  controller: string;
  type: Type<object>;
  handler: string;
  /** The method itself, which carries the decorators. */
  target: object;
  /** Of @HttpCode. */
  httpCode: number | undefined;
  /** Undefined: the route has no decorator, so the guard refuses every call. */
  access: 'public' | Role[] | undefined;
}

export function routesOf(app: INestApplicationContext): Route[] {
  const routes: Route[] = [];
  for (const module of app.get(ModulesContainer).values()) {
    for (const { metatype } of module.controllers.values()) {
      if (typeof metatype === 'function') routes.push(...routesOfController(metatype as Type<object>));
    }
  }
  return routes;
}

/** As a spec wants them: `GET /v1/types`. */
export function undecidedRoutes(app: INestApplicationContext): string[] {
  return routesOf(app)
    .filter((route) => route.access === undefined)
    .map((route) => `${route.method} ${route.path}`);
}

function routesOfController(controller: Type<object>): Route[] {
  const routes: Route[] = [];
  for (const name of methodsOf(controller.prototype as object)) {
    const handler = (controller.prototype as Record<string, unknown>)[name] as () => unknown;
    const method = Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod | undefined;
    if (method === undefined) continue;
    for (const prefix of pathsIn(controller)) {
      for (const path of pathsIn(handler)) {
        routes.push({
          method: RequestMethod[method],
          path: `/${[prefix, path]
            .map((part) => part.replace(/^\/|\/$/g, ''))
            .filter(Boolean)
            .join('/')}`,
          controller: controller.name,
          type: controller,
          handler: name,
          target: handler,
          httpCode: Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined,
          access: accessOf(handler, controller),
        });
      }
    }
  }
  return routes;
}

function methodsOf(prototype: object): string[] {
  const names = new Set<string>();
  for (let level = prototype; level !== Object.prototype; level = Object.getPrototypeOf(level) as object) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (name !== 'constructor' && typeof property.value === 'function') names.add(name);
    }
  }
  return [...names];
}

function pathsIn(target: object): string[] {
  const path = Reflect.getMetadata(PATH_METADATA, target) as string | string[] | undefined;
  return Array.isArray(path) ? path : [path ?? ''];
}
