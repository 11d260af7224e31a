// Starts a service from an environment. Signals and exit codes belong to run-service.ts; tests start services without
// it. Guarantees: where a step of the start fails, everything that was started before is stopped again.
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KafkaBatchServer } from '@carillon/messaging-nest';
import { createLogger } from '@carillon/telemetry';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { z } from 'zod';
import { AuthGuard } from '../auth/auth-guard.ts';
import { RequestRates } from '../auth/request-rates.ts';
import type { ServiceClients } from '../auth/service-clients.ts';
import { TokenVerifier } from '../auth/token-verifier.ts';
import type { AuthSettings } from '../config/fragments.ts';
import { loadConfig } from '../config/load-config.ts';
import { serveDirectRoutes } from '../http/direct-routes.ts';
import { httpTelemetry, requestRecorder, type RecordRequest } from '../http/http-telemetry.ts';
import { BodyGuard, type BodyKind } from '../http/body-guard.ts';
import { CheckedBySchema } from '../http/checked-by-schema.ts';
import { ProblemFilter } from '../http/problem-filter.ts';
import { securityHeaders } from '../http/security-headers.ts';
import { endSlowBodies } from '../http/slow-bodies.ts';
import { PlatformModule, type Platform } from '../platform/platform.module.ts';
import { Tenants } from '../tenants/tenants.ts';
import { InternalListener } from './internal-listener.ts';
import type { Lifecycle } from './lifecycle.ts';
import { NestLogger } from './nest-logger.ts';
import { connectPlatform, createPlatform, type PartsOptions } from './platform-parts.ts';

export interface ServiceOptions<S extends z.ZodObject = z.ZodObject> extends Omit<PartsOptions, 'onDead'> {
  /** As in `carillon.<name>`: consumer group, client id, application name. */
  name: string;
  /** A zod object over environment names; see the fragments in config. */
  config: S;
  module: Type<unknown>;
  /** Bodies that the service's routes take. Default: JSON only. */
  bodies?: readonly BodyKind[];
  /** Paths below which no route reads a body, so that one of any type is let through. */
  bodiesIgnoredBelow?: readonly string[];
}

export interface StartHooks {
  onDead?: (error: unknown) => void;
  /** Build everything, connect to nothing: for a spec that only boots the module. */
  offline?: boolean;
  /** Changes parts before they are injected. */
  adjust?: (platform: Platform) => void;
}

export interface RunningService {
  url: string;
  /** The internal listener's address, where there is one. */
  internalUrl?: string;
  app: NestExpressApplication;
  lifecycle: Lifecycle;
  stop(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than the usual 60 s of load balancers, so that the service does not close a connection that one uses. */
const KEEP_ALIVE_MS = 65_000;

export async function startService(
  options: ServiceOptions,
  env: NodeJS.ProcessEnv,
  hooks: StartHooks = {},
): Promise<RunningService> {
  const log = createLogger('runtime');
  const config = loadConfig(options.config, env);
  const parts: PartsOptions = {
    ...options,
    onDead: hooks.onDead ?? ((error) => log.fatal({ err: error }, 'the consumer failed for good')),
  };
  const platform = createPlatform(config, parts);
  hooks.adjust?.(platform);
  const { lifecycle, consumers } = platform;
  try {
    if (!hooks.offline) await connectPlatform(platform, parts);
    const internal = internalListenerOf(config);
    const record = requestRecorder(() => lifecycle.stopping);
    const app = await createApp(options, platform, internal, record);
    if (consumers && !hooks.offline) connectConsumers(app, consumers, platform);
    const url = await listen(app, platform, record);
    const internalUrl = await listenInternally(app, internal, lifecycle);
    if (consumers && !hooks.offline) await app.startAllMicroservices();
    log.info({ url, ...(internalUrl !== undefined && { internalUrl }) }, 'started');
    const stop = async (): Promise<void> => void (await lifecycle.stop());
    return { url, ...(internalUrl !== undefined && { internalUrl }), app, lifecycle, stop };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function createApp(
  { module, bodies = ['json'], bodiesIgnoredBelow }: ServiceOptions,
  platform: Platform,
  internal: InternalListener,
  record: RecordRequest,
): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    { module: class ServiceModule {}, imports: [PlatformModule.of(platform), module] },
    { logger: new NestLogger(), abortOnError: false, bodyParser: false },
  );
  platform.lifecycle.onStop('close', 'application', () => app.close());
  app.disable('x-powered-by');
  app.use(securityHeaders());
  app.use(httpTelemetry(record));
  app.use(endSlowBodies());
  app.useGlobalGuards(authGuardOf(platform, internal), new BodyGuard(bodies, bodiesIgnoredBelow));
  app.useGlobalPipes(new CheckedBySchema());
  app.useGlobalFilters(new ProblemFilter(platform.audit));
  platform.openApi.attach(app);
  return app;
}

function authGuardOf({ config, tenants, audit }: Platform, internal: InternalListener): AuthGuard {
  const settings = config as Partial<AuthSettings>;
  const known = tenants ?? new Tenants([]);
  return new AuthGuard({
    verifier: new TokenVerifier({
      issuers: settings.AUTH_ISSUERS ?? [],
      audience: settings.AUTH_AUDIENCE ?? '',
      tokenTypes: settings.AUTH_TOKEN_TYPES ?? [],
      tenants: known,
    }),
    tenants: known,
    serviceClients: settings.SERVICE_CLIENTS ?? (new Map() satisfies ServiceClients),
    rates: new RequestRates({
      caller: { perSecond: settings.RATE_LIMIT_CALLER_PER_SECOND ?? 1, burst: settings.RATE_LIMIT_CALLER_BURST ?? 1 },
      tenant: { perSecond: settings.RATE_LIMIT_TENANT_PER_SECOND ?? 1, burst: settings.RATE_LIMIT_TENANT_BURST ?? 1 },
    }),
    internal,
    audit,
  });
}

function connectConsumers(
  app: NestExpressApplication,
  consumers: KafkaBatchServer,
  { lifecycle, readiness }: Platform,
): void {
  app.connectMicroservice({ strategy: consumers }, { inheritAppConfig: false });
  lifecycle.onStop('intake', 'consumers', (limitMs) => consumers.stop(limitMs));
  readiness.add('kafka', () => consumers.readiness());
}

function setTimeouts(server: Server): void {
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
}

function internalListenerOf(config: object): InternalListener {
  const {
    HOST = '0.0.0.0',
    INTERNAL_HOST = HOST,
    INTERNAL_PORT,
  } = config as { HOST?: string; INTERNAL_HOST?: string; INTERNAL_PORT?: number };
  return new InternalListener(INTERNAL_PORT, INTERNAL_HOST);
}

async function listenInternally(
  app: NestExpressApplication,
  internal: InternalListener,
  lifecycle: Lifecycle,
): Promise<string | undefined> {
  const url = await internal.listen(app.getHttpAdapter().getInstance() as RequestListener, setTimeouts);
  const server = internal.running;
  if (server) lifecycle.onStop('intake', 'internal http', (limitMs) => stopAccepting(server, limitMs));
  return url;
}

async function listen(
  app: NestExpressApplication,
  { config, lifecycle }: Platform,
  record: RecordRequest,
): Promise<string> {
  const { HOST = '0.0.0.0', PORT = 0 } = config as { HOST?: string; PORT?: number };
  const server = app.getHttpServer();
  setTimeouts(server);
  await app.init();
  serveDirectRoutes(app, server, record);
  await app.listen(PORT, HOST);
  lifecycle.onStop('intake', 'http', (limitMs) => stopAccepting(server, limitMs));
  const { port } = server.address() as AddressInfo;
  return `http://${HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST}:${port}`;
}

/** Running requests are answered; idle connections are closed. What runs longer is cut off. */
async function stopAccepting(server: Server, limitMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  const cutOff = setTimeout(() => server.closeAllConnections(), limitMs);
  await closed;
  clearInterval(sweep);
  clearTimeout(cutOff);
}
