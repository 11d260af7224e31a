/**
 * Starts a simulated Slack: Slack's own routes, the control routes and the page, on one port. Guarantees: `close()`
 * ends everything; simulators in one process share no state.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { control } from './control/control.ts';
import { Outbound, slackRetryDelaysMs } from './events/outbound.ts';
import { useResponseUrl } from './events/response-url.ts';
import { Faults } from './faults.ts';
import { escapeHtml, readBody, respond, respondJson, respondProblem } from './http.ts';
import { Limits } from './limits.ts';
import { authorize } from './oauth/authorize.ts';
import { discovery } from './oauth/openid-methods.ts';
import { SignInKey } from './oauth/sign-in-key.ts';
import { drawPage } from './page/page.ts';
import { AppManifest } from './manifest/app-manifest.ts';
import { RequestLog } from './request-log.ts';
import type { AppIdentity } from './app-identity.ts';
import type { Simulation } from './simulation.ts';
import { dispatch } from './web-api/dispatch.ts';
import { receiveUpload, sendFile } from './web-api/upload.ts';
import { World } from './world/world.ts';

export interface SimulatorOptions extends Partial<AppIdentity> {
  host?: string;
  /** 0 = any free one. */
  port?: number;
  /** Where others reach it, when that is not host and port. */
  publicUrl?: string | undefined;
  /** Waits before an event's first, second and third retry. */
  retryDelaysMs?: readonly number[] | undefined;
}

export interface Simulator {
  readonly url: string;
  readonly port: number;
  readonly app: AppIdentity;
  close(): Promise<void>;
}

export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const app = identity(options);
  const manifest = new AppManifest();
  const sim: Simulation = {
    app,
    manifest,
    world: new World(),
    limits: new Limits(),
    faults: new Faults(),
    requests: new RequestLog(),
    outbound: new Outbound(app, manifest, options.retryDelaysMs ?? slackRetryDelaysMs),
    signInKey: new SignInKey(),
    baseUrl: '',
  };
  const server = createServer({ keepAliveTimeout: 75_000 }, (req, res) => serve(sim, req, res));
  const host = options.host ?? '127.0.0.1';
  await listen(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  const url = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
  sim.baseUrl = (options.publicUrl ?? url).replace(/\/$/, '');
  return {
    url,
    port,
    app,
    async close() {
      sim.outbound.stop();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
        setTimeout(() => server.closeAllConnections(), 1000).unref();
      });
    },
  };
}

function identity(options: SimulatorOptions): AppIdentity {
  return {
    id: options.id ?? 'A0SIMULATED',
    name: options.name ?? 'Carillon',
    clientId: options.clientId ?? '1000.2000',
    clientSecret: options.clientSecret ?? 'simulated-client-secret',
    signingSecret: options.signingSecret ?? 'simulated-signing-secret',
    redirectUrls: options.redirectUrls ?? [],
    eventsUrl: options.eventsUrl,
    interactionsUrl: options.interactionsUrl,
    commandsUrl: options.commandsUrl,
    tokenRotation: options.tokenRotation ?? false,
    appToken: options.appToken ?? 'xapp-1-simulated',
    pkce: options.pkce ?? 'allowed',
  };
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function serve(sim: Simulation, req: IncomingMessage, res: ServerResponse): void {
  const url = req.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const query = mark < 0 ? '' : url.slice(mark + 1);
  req.on('error', () => {});
  const { clockSkewSeconds } = sim.limits.settings;
  if (clockSkewSeconds !== 0) res.setHeader('date', new Date(Date.now() + clockSkewSeconds * 1_000).toUTCString());
  if (path.startsWith('/api/')) return dispatch(sim, path.slice(5), query, req, res);
  route(sim, path, query, req, res).catch((error: unknown) => {
    process.stderr.write(
      `${JSON.stringify({ level: 'error', path, error: String((error as Error).stack ?? error) })}\n`,
    );
    if (!res.headersSent)
      respondProblem(res, 500, 'Internal Server Error', 'The simulator failed; its error output says how.');
    else res.destroy();
  });
}

async function route(
  sim: Simulation,
  path: string,
  query: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (path.startsWith('/_sim/')) return control(sim, path, query, req, res);
  if (path.startsWith('/upload/v1/')) return receiveUpload(sim, path, req, res);
  if (path.startsWith('/files-pri/')) return sendFile(sim, path, req, res);
  if (path.startsWith('/icons/')) return sendIcon(sim, path, res);
  if (path.startsWith('/actions/')) {
    const used = useResponseUrl(sim, path, await readBody(req));
    return respond(res, used.status, 'text/plain', used.body);
  }
  switch (path) {
    case '/':
      return respond(res, 200, 'text/html', drawPage(sim, new URLSearchParams(query)));
    case '/healthz':
      return respondJson(res, 200, { status: 'ok' });
    case '/oauth/v2/authorize':
      return authorize(sim, path, query, 'install', req, res);
    case '/openid/connect/authorize':
      return authorize(sim, path, query, 'sign-in', req, res);
    case '/openid/connect/keys':
      return respondJson(res, 200, await sim.signInKey.jwks());
    case '/.well-known/openid-configuration':
      return respondJson(res, 200, discovery(sim.baseUrl));
    default:
      return respondProblem(res, 404, 'Not Found', `There is nothing at ${path}.`);
  }
}

function sendIcon(sim: Simulation, path: string, res: ServerResponse): void {
  const home = sim.world.home(path.slice(7).replace(/\.svg$/, ''));
  const letter = escapeHtml((home?.name ?? '?').slice(0, 1).toUpperCase());
  respond(
    res,
    200,
    'image/svg+xml',
    `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" rx="12" fill="#4a154b"/><text x="32" y="44" font-size="36" text-anchor="middle" fill="#fff" font-family="sans-serif">${letter}</text></svg>`,
  );
}
