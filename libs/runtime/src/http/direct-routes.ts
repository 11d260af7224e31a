// Routes that are answered without the framework, for requests that come by the thousands and whose handler reads and
// answers the request itself. Guarantees: only public routes are served so, since neither the guard nor its limits see
// the request; they are measured and traced like every other route; all else goes to the framework as before. The
// handler bounds the body and its time: nothing else does.
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { SetMetadata, type CustomDecorator, type INestApplication } from '@nestjs/common';
import type { RecordRequest } from './http-telemetry.ts';
import { routesOf, type Route } from './routes.ts';

const DIRECT_ROUTE = Symbol('direct route');

/** The method takes the request and the response of node:http, and never rejects. */
export const Direct = (): CustomDecorator<symbol> => SetMetadata(DIRECT_ROUTE, true);

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Before the server listens, after the application is initialised. */
export function serveDirectRoutes(app: INestApplication, server: Server, record: RecordRequest): void {
  const direct = routesOf(app).filter(({ target }) => Reflect.getMetadata(DIRECT_ROUTE, target) === true);
  if (direct.length === 0) return;
  const handlers = new Map(direct.map((route) => [keyOf(route.method, route.path), handlerOf(app, route, record)]));
  const [framework] = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  server.on('request', (request, response) => {
    const { method = '', url = '' } = request;
    const query = url.indexOf('?');
    const handler = handlers.get(keyOf(method, query < 0 ? url : url.slice(0, query)));
    if (handler) handler(request, response);
    else framework!(request, response);
  });
}

/** The framework takes letters of either case and a slash at the end, so these are the same route. */
const keyOf = (method: string, path: string): string => `${method} ${path.toLowerCase().replace(/\/$/, '')}`;

function handlerOf(app: INestApplication, route: Route, record: RecordRequest): RequestListener {
  const { path, access, controller, handler } = route;
  if (access !== 'public') throw new Error(`${path} is not public, so it cannot be served without the guard`);
  const instance = app.get<Record<string, Handler>>(route.type, { strict: false });
  const answer = instance[handler];
  if (!answer) throw new Error(`${controller} has no ${handler}`);
  return (request, response) => {
    response.setHeader('x-content-type-options', 'nosniff');
    record(
      request,
      response,
      () => path,
      () => void answer.call(instance, request, response),
    );
  };
}
