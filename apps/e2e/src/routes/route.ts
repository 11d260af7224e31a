// Every route of every service, read from the OpenAPI documents that the services serve, so that a new route is in the
// tests that are made from this list by itself.
import type { Playground } from '@carillon/playground';

export const services = [
  'installation',
  'directory-sync',
  'preferences',
  'delivery',
  'slack-ingress',
  'console',
] as const;
export type Service = (typeof services)[number];

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minItems?: number;
  minimum?: number;
  minLength?: number;
  pattern?: string;
  default?: unknown;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  schema?: Schema;
}

export interface Route {
  service: Service;
  method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE';
  /** As declared: `/v1/installations/{id}`. */
  path: string;
  access: 'public' | 'nobody' | string[];
  parameters: Parameter[];
  /** Undefined: the route takes none. */
  body?: Schema;
}

interface Operation {
  'x-carillon-access': Route['access'];
  parameters?: Parameter[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
}

interface Document {
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, Schema> };
}

export const nameOf = ({ service, method, path }: Route): string => `${service} ${method} ${path}`;

export async function everyRoute(playground: Playground): Promise<Route[]> {
  const routes: Route[] = [];
  for (const service of services) {
    const document = (await (await fetch(`${playground.service(service).url}/openapi.json`)).json()) as Document;
    for (const [path, item] of Object.entries(document.paths)) {
      for (const [method, operation] of Object.entries(item)) {
        const body =
          operation.requestBody && resolve(operation.requestBody.content?.['application/json']?.schema ?? {}, document);
        routes.push({
          service,
          method: method.toUpperCase() as Route['method'],
          path,
          access: operation['x-carillon-access'],
          parameters: operation.parameters ?? [],
          ...(body && { body }),
        });
      }
    }
  }
  return routes;
}

const resolve = (schema: Schema, document: Document): Schema =>
  schema.$ref ? (document.components?.schemas?.[schema.$ref.split('/').at(-1)!] ?? {}) : schema;

/** The address with each path parameter as `valueOf` says, not encoded. */
export function addressOf(playground: Playground, route: Route, valueOf: (name: string) => string, query = ''): string {
  return (
    playground.service(route.service).url + route.path.replace(/\{(\w+)\}/g, (_, name: string) => valueOf(name)) + query
  );
}
