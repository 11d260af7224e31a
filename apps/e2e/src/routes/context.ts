// The stage of the tests about every route: all services, a tenant with one notification, and a caller for each role
// and each kind of tenant. Each answer that a test gets is compared with the committed OpenAPI documents; `unlike` has
// the ones that differ.
import { randomUUID } from 'node:crypto';
import { serviceNames } from '@carillon/playground';
import { notificationIdOf } from '@carillon/domain/ids';
import { Stage } from '../stage.ts';
import { DocumentedAnswers, type Answer } from './documented-answers.ts';
import { exampleOf } from './example-of.ts';
import { everyRoute, services, type Route } from './route.ts';

const tenantRoles = ['owner', 'security_admin', 'admin', 'member', 'product'] as const;
export const allRoles = [...tenantRoles, 'service', 'operator'] as const;
export type Role = (typeof allRoles)[number];

/** What a token may say of its tenant. */
export const tenants = {
  own: { tenant_id: 'acme' },
  foreign: { tenant_id: 'globex' },
  none: {},
  null: { tenant_id: null },
  empty: { tenant_id: '' },
  number: { tenant_id: 7 },
  list: { tenant_id: ['acme'] },
  object: { tenant_id: { id: 'acme' } },
  undeclared: { tenant_id: 'initech' },
  __proto__: { tenant_id: '__proto__' },
  constructor: { tenant_id: 'constructor' },
} as unknown as Record<string, { tenant_id?: unknown }>;

export let stage: Stage;
/** The routes that need a token. */
export let routes: Route[];
export let publicRoutes: Route[];
/** What belongs to acme, by the name of the parameter. */
export let own: Record<string, string>;
export let secrets: string[];

export async function startRoutesStage(): Promise<void> {
  // Limits are not what is asked here, and every caller of this spec is one of a few.
  const env = {
    RATE_LIMIT_CALLER_PER_SECOND: '100000',
    RATE_LIMIT_CALLER_BURST: '100000',
    RATE_LIMIT_TENANT_PER_SECOND: '100000',
    RATE_LIMIT_TENANT_BURST: '100000',
  };
  stage = await Stage.start({
    services: serviceNames,
    seed: true,
    env: Object.fromEntries(serviceNames.map((name) => [name, env])),
  });
  const all = await everyRoute(stage.playground);
  routes = all.filter(({ access }) => access !== 'public');
  publicRoutes = all.filter(({ access }) => access === 'public');
  const id = randomUUID();
  const title = `Only for acme ${id}`;
  await stage.product.publish([
    { id, data: { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title } },
  ]);
  const notificationId = notificationIdOf('acme', stage.product.source, id);
  await stage.ended([notificationId]);
  const deliveryId = (await stage.timeline(notificationId))!.decisions[0]!.deliveries[0]!.deliveryId;
  const { installationId, teamId } = stage.playground.tenant!;
  own = {
    id: installationId,
    installation: installationId,
    installationId,
    notificationId,
    eventId: id,
    deliveryId,
    member: 'ada',
    memberId: 'ada',
  };
  secrets = [installationId, teamId, deliveryId, title, 'ada@acme.test', 'U0ACMEADA'];
}

const tokens = new Map<string, Promise<string>>();

export function tokenOf(roles: Role[], claims: { tenant_id?: unknown }): Promise<string> {
  const key = JSON.stringify([roles, claims]);
  let token = tokens.get(key);
  if (!token)
    tokens.set(
      key,
      (token = stage.playground.issuer.mint({ sub: 'mallory', roles, claims: { ...claims, client_id: 'delivery' } })),
    );
  return token;
}

export const documented = new DocumentedAnswers();
/** Answers that are not as documented, a line each. */
export const unlike = new Set<string>();

export interface Call {
  token?: string | undefined;
  body?: string | Buffer | undefined;
  headers?: Record<string, string>;
  hostile?: boolean;
}

export async function call(
  route: Route,
  url: string,
  { token, body, headers = {}, hostile = false }: Call = {},
): Promise<Answer & { ms: number }> {
  const began = performance.now();
  const response = await fetch(url, {
    method: route.method,
    redirect: 'manual',
    headers: {
      ...(token && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && route.method !== 'GET' && { body }),
  });
  const [mediaType = ''] = (response.headers.get('content-type') ?? '').split(';');
  const answer = { status: response.status, mediaType, text: await response.text() };
  const ms = performance.now() - began;
  const fault = documented.faultOf(route, answer, { hostile });
  if (fault !== undefined) unlike.add(fault);
  return { ...answer, ms };
}

/** Calls `test` for each of these routes: those of one service one after the other, and the services side by side. */
export async function forEachRoute(
  test: (route: Route) => Promise<void>,
  of: readonly Route[] = routes,
): Promise<void> {
  await Promise.all(
    services.map(async (service) => {
      for (const route of of.filter((one) => one.service === service)) await test(route);
    }),
  );
}

export const bodyOf = (route: Route, ids: Record<string, unknown> = {}): string | undefined =>
  route.body ? JSON.stringify(exampleOf(route.body, '', ids)) : undefined;
/** Nothing of anybody's, so that a permitted call changes nothing that is looked at later. */
export const nobodys = (name = ''): string => (name === 'member' ? 'mallory' : '00000000-0000-4000-8000-000000000000');
