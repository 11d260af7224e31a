// From an environment to a running service, without anything that belongs to the process (signals, exit): that is
// run-service.ts, and tests start services without it. Promises: whatever was started is stopped again when a later step
// fails.
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KafkaBatchServer } from '@carillon/messaging/nest';
import { createLogger } from '@carillon/telemetry';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { z } from 'zod';
import { AuthGuard } from '../auth/auth-guard.ts';
import { TokenVerifier } from '../auth/token-verifier.ts';
import { loadConfig } from '../config/load-config.ts';
import { httpTelemetry } from '../http/http-telemetry.ts';
import { readBodies, type BodyKind } from '../http/bodies.ts';
import { CheckedBySchema } from '../http/checked-by-schema.ts';
import { ProblemFilter } from '../http/problem-filter.ts';
import { PlatformModule, type Platform } from '../platform/platform.module.ts';
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
  app: NestExpressApplication;
  lifecycle: Lifecycle;
  stop(): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
/** Longer than a load balancer's usual 60 s, so that it is never we who close a connection in use. */
const KEEP_ALIVE_MS = 65_000;

export async function startService(options: ServiceOptions, env: NodeJS.ProcessEnv, hooks: StartHooks = {}): Promise<RunningService> {
  const log = createLogger('runtime');
  const config = loadConfig(options.config, env);
  const parts: PartsOptions = { ...options, onDead: hooks.onDead ?? ((error) => log.fatal({ err: error }, 'the consumer is dead')) };
  const platform = createPlatform(config, parts);
  hooks.adjust?.(platform);
  const { lifecycle, consumers } = platform;
  try {
    if (!hooks.offline) await connectPlatform(platform, parts);
    const app = await createApp(options, platform);
    if (consumers && !hooks.offline) connectConsumers(app, consumers, platform);
    const url = await listen(app, platform);
    if (consumers && !hooks.offline) await app.startAllMicroservices();
    log.info({ url }, 'started');
    return { url, app, lifecycle, stop: () => lifecycle.stop() };
  } catch (error) {
    await lifecycle.stop();
    throw error;
  }
}

async function createApp({ module, bodies = ['json'], bodiesIgnoredBelow }: ServiceOptions, platform: Platform): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    { module: class ServiceModule { }, imports: [PlatformModule.of(platform), module] },
    { logger: new NestLogger(), abortOnError: false, rawBody: true, bodyParser: false },
  );
  platform.lifecycle.onStop('close', 'application', () => app.close());
  const { AUTH_ISSUERS: issuers = [], AUTH_AUDIENCE: audience = '' } = platform.config as { AUTH_ISSUERS?: string[]; AUTH_AUDIENCE?: string };
  app.disable('x-powered-by');
  app.use(httpTelemetry(() => platform.lifecycle.stopping));
  readBodies(app, bodies, bodiesIgnoredBelow);
  app.useGlobalGuards(new AuthGuard(new TokenVerifier({ issuers, audience })));
  app.useGlobalPipes(new CheckedBySchema());
  app.useGlobalFilters(new ProblemFilter());
  platform.openApi.attach(app);
  return app;
}

function connectConsumers(app: NestExpressApplication, consumers: KafkaBatchServer, { lifecycle, readiness }: Platform): void {
  app.connectMicroservice({ strategy: consumers }, { inheritAppConfig: false });
  lifecycle.onStop('intake', 'consumers', () => consumers.stop());
  readiness.add('kafka', () => consumers.readiness());
}

async function listen(app: NestExpressApplication, { config, lifecycle }: Platform): Promise<string> {
  const { HOST = '0.0.0.0', PORT = 0 } = config as { HOST?: string; PORT?: number };
  const server = app.getHttpServer();
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = HEADERS_TIMEOUT_MS;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  await app.listen(PORT, HOST);
  lifecycle.onStop('intake', 'http', () => stopAccepting(server));
  const { port } = server.address() as AddressInfo;
  return `http://${HOST === '0.0.0.0' || HOST === '::' ? '127.0.0.1' : HOST}:${port}`;
}

/** Requests in flight are answered; connections that only wait are closed. */
async function stopAccepting(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const sweep = setInterval(() => server.closeIdleConnections(), 100);
  await closed;
  clearInterval(sweep);
}
