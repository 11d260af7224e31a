// A service inside a spec: the same start as in production, on a free port, with an environment that the spec gives.
import { fileURLToPath } from 'node:url';
import type { ServiceOptions, RunningService } from '../process/start-service.ts';
import { startService } from '../process/start-service.ts';
import type { Platform } from '../platform/platform.module.ts';

/** The tenants `acme` and `globex`, for specs that declare none of their own. */
const tenantsFile = fileURLToPath(new URL('./tenants.yaml', import.meta.url));

export interface TestServiceOptions extends Omit<ServiceOptions, 'name'> {
  name?: string;
  /** What the environment would hold. HOST and PORT are taken care of. */
  env?: Record<string, string>;
  /** Build everything and listen for HTTP, but connect to no database and no broker. */
  offline?: boolean;
  /** Replaces parts, e.g. `(platform) => { platform.publisher = new FakePublisher() }`. */
  adjust?: (platform: Platform) => void;
  onDead?: (error: unknown) => void;
}

export interface TestService extends RunningService {
  /** fetch() with a path, an optional bearer token and a JSON body. */
  request(
    method: string,
    path: string,
    options?: { token?: string; body?: unknown; headers?: Record<string, string> },
  ): Promise<TestAnswer>;
}

export interface TestAnswer {
  status: number;
  headers: Headers;
  text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a spec looks into whatever came back
  body: any;
}

export async function startForTest({
  env = {},
  offline = false,
  adjust,
  onDead,
  ...options
}: TestServiceOptions): Promise<TestService> {
  const service = await startService(
    { name: 'test', ...options },
    {
      ...{ HOST: '127.0.0.1', PORT: '0', CARILLON_MODE: 'development', TENANTS_FILE: tenantsFile },
      KAFKA_MAX_PARTITIONS: '12',
      ...env,
    },
    { offline, ...(adjust ? { adjust } : {}), ...(onDead ? { onDead } : {}) },
  );
  return {
    ...service,
    async request(method, path, { token, body, headers = {} } = {}) {
      const response = await fetch(new URL(path, service.url), {
        method,
        redirect: 'manual',
        headers: {
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') === true && text !== '';
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: isJson ? (JSON.parse(text) as unknown) : undefined,
      };
    },
  };
}
