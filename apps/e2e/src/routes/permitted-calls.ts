// Each route answers a caller who may call it, about what belongs to the caller's tenant, with a 2xx or 3xx that is as
// its OpenAPI document says. It runs last, because these calls change things.
import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { notificationIdOf } from '@carillon/domain/ids';
import { until } from '../until.ts';
import {
  bodyOf,
  call,
  documented,
  nobodys,
  own,
  publicRoutes,
  routes,
  stage,
  tenants,
  tokenOf,
  type Role,
} from './context.ts';
import { addressOf, nameOf, type Route } from './route.ts';

/** What a call needs beside what is in `own`. */
interface Particulars {
  ids?: Record<string, string>;
  query?: string;
  body?: object;
}

/** The steps of a connection, which every connected workspace has walked to its end. */
const stepsOfAConnection = [
  'installation GET /slack/oauth/start',
  'installation POST /slack/oauth/start',
  'installation GET /slack/oauth/callback',
  'installation POST /v1/connections/{id}/confirm',
  // And the one of a link, for the browser with the cookie of who began: self-links.int.spec.ts.
  'directory-sync GET /slack/openid/callback',
];

/** For whoever has Slack's signing secret; the connecting spec has the simulated Slack call them. */
const signedBySlack = ['events', 'interactions', 'commands', 'options'].map(
  (name) => `slack-ingress POST /slack/${name}`,
);

const request = (id: string, over: object = {}): object => ({
  type: 'report.ready',
  source: '/acme/routes',
  id,
  title: `About ${id}`,
  to: [{ member: 'ada' }],
  ...over,
});

/** By route, asked for immediately before its call. */
const particulars: Record<string, () => Promise<Particulars> | Particulars> = {
  'installation POST /v1/outbox/retry': everything,
  'directory-sync POST /v1/outbox/retry': everything,
  'preferences POST /v1/outbox/retry': everything,
  'delivery POST /v1/outbox/retry': everything,
  'preferences POST /v1/notifications': () => ({ body: request(randomUUID()) }),
  'preferences POST /v1/explain': () => ({ body: request(randomUUID()) }),
  'preferences GET /v1/unsubscribe/{token}': async () => ({ ids: { token: await unsubscribeToken() } }),
  'preferences POST /v1/unsubscribe/{token}': async () => ({ ids: { token: await unsubscribeToken() } }),
  'preferences GET /v1/types/{name}': () => ({ ids: { name: 'report.ready' } }),
  'preferences POST /v1/types/check': () => ({ body: declaredType('about.check') }),
  'preferences POST /v1/types/apply': () => ({ body: { types: [declaredType('about.apply')] } }),
  'preferences PUT /v1/types/{name}': () => ({ ids: { name: 'about.routes' }, body: declaredType('about.routes') }),
  'preferences DELETE /v1/types/{name}': async () => ({ ids: { name: await savedType() } }),
  'preferences PUT /v1/topics/{topic}/followers/{kind}/{id}': follower,
  'preferences DELETE /v1/topics/{topic}/followers/{kind}/{id}': follower,
  'preferences GET /v1/topics/{topic}/followers': () => ({ ids: { topic: 'report:42' } }),
  'preferences POST /v1/workflows': () => ({ body: workflow() }),
  'preferences GET /v1/workflows/{id}': savedWorkflow,
  'preferences PUT /v1/workflows/{id}': async () => ({ ...(await savedWorkflow()), body: workflow() }),
  'preferences PATCH /v1/workflows/{id}': async () => ({ ...(await savedWorkflow()), body: { order: 3 } }),
  'preferences DELETE /v1/workflows/{id}': savedWorkflow,
  'preferences POST /v1/workflows/dry-run': () => ({ body: { event: { type: 'report.ready', title: 'Report' } } }),
  'directory-sync PUT /v1/people/{member}/links/{installation}': () => ({ body: { slackUserId: 'U0ACMEADA' } }),
  'directory-sync PUT /v1/directory-policy': () => ({ body: { guests: 'none', selfLink: true } }),
  'directory-sync POST /v1/destinations': () => ({ body: destination() }),
  'directory-sync GET /v1/destinations/{id}': savedDestination,
  'directory-sync PUT /v1/destinations/{id}': async () => ({ ...(await savedDestination()), body: destination() }),
  'directory-sync DELETE /v1/destinations/{id}': savedDestination,
  'directory-sync GET /v1/syncs/{id}': async () => ({ ids: { id: await startedSync() } }),
  'delivery GET /v1/notifications': () => {
    const [source, id] = [stage.product.source, own['eventId']!];
    return { query: `?${new URLSearchParams({ source, id }).toString()}` };
  },
  'delivery POST /v1/deliveries/{deliveryId}/replay': () => ({ body: { force: true } }),
  'delivery POST /v1/deliveries/{deliveryId}/cancel': async () => ({ ids: { deliveryId: await waitingDelivery() } }),
  'delivery GET /v1/lanes/{id}': lane,
  'delivery POST /v1/lanes/{id}/pause': lane,
  'delivery POST /v1/lanes/{id}/resume': lane,
};

/** Not enabled, so that it tells nobody of what other calls publish. */
const workflow = (): object => ({
  name: `About ${randomUUID()}`,
  type: 'report.ready',
  tell: [{ member: 'ada' }],
  enabled: false,
});

const declaredType = (name: string): object => ({ name, title: 'About routes', category: 'routes' });

/** One that the API declared: what a file declares is not deleted. */
async function savedType(): Promise<string> {
  await callPermitted(routes.find((one) => nameOf(one) === 'preferences PUT /v1/types/{name}')!);
  return 'about.routes';
}

const destination = (): object => ({ name: `About ${randomUUID()}`, to: [{ member: 'ada' }] });

function savedWorkflow(): Promise<Particulars> {
  return made('preferences POST /v1/workflows');
}

function savedDestination(): Promise<Particulars> {
  return made('directory-sync POST /v1/destinations');
}

async function made(route: string): Promise<Particulars> {
  const { text } = await callPermitted(routes.find((one) => nameOf(one) === route)!);
  return { ids: { id: (JSON.parse(text) as { id: string }).id } };
}

function everything(): Particulars {
  return { body: { all: true } };
}

function follower(): Particulars {
  return { ids: { topic: 'report:42', kind: 'member', id: 'ada' }, body: {} };
}

function lane(): Particulars {
  return { ids: { id: stage.playground.tenant!.teamId } };
}

/** As an e-mail brings it to its reader. */
async function unsubscribeToken(): Promise<string> {
  const id = randomUUID();
  await stage.product.publish([
    { id, data: { tenantId: 'acme', type: 'digest.weekly', to: [{ member: 'ada' }], title: `Weekly ${id}` } },
  ]);
  const mail = await until('the e-mail', () =>
    stage.playground.mail.messages().find(({ subject }) => subject.includes(id)),
  );
  return /<http[^>]+\/([^/>]+)>/.exec(mail.headers['list-unsubscribe']![0]!)![1]!;
}

async function startedSync(): Promise<string> {
  const route = routes.find((one) => nameOf(one) === 'directory-sync POST /v1/installations/{id}/syncs')!;
  const { text } = await callPermitted(route);
  return (JSON.parse(text) as { id?: string; syncId?: string }).syncId ?? (JSON.parse(text) as { id: string }).id;
}

/** Of a notification whose lane is paused. */
async function waitingDelivery(): Promise<string> {
  await callPermitted(routes.find((one) => nameOf(one) === 'delivery POST /v1/lanes/{id}/pause')!);
  const id = randomUUID();
  await stage.product.publish([
    { id, data: { tenantId: 'acme', type: 'report.ready', to: [{ member: 'ada' }], title: `Waits ${id}` } },
  ]);
  return until('a delivery that waits', async () => {
    const timeline = await stage.timeline(notificationIdOf('acme', stage.product.source, id));
    return timeline?.decisions[0]?.deliveries[0]?.deliveryId;
  });
}

/** By the first of the permitted roles that the route does not refuse for what it is asked. */
async function callPermitted(route: Route): Promise<{ status: number; text: string }> {
  const { ids = {}, query = '', body } = (await particulars[nameOf(route)]?.()) ?? {};
  const url = addressOf(stage.playground, route, (name) => ids[name] ?? own[name] ?? nobodys(name), query);
  let answer = { status: 0, text: '' };
  for (const role of route.access === 'public' ? [undefined] : (route.access as Role[])) {
    const token = role && (await tokenOf([role], role === 'service' ? {} : tenants['own']!));
    const sent = body ? JSON.stringify(body) : bodyOf(route, own);
    answer = await call(route, url, { ...(token && { token }), body: sent });
    if (answer.status < 400) break;
  }
  return answer;
}

/** What reads comes first, and what ends an installation last: services soon know of nothing that it had. */
function rankOf({ method, path }: Route): number {
  if (method === 'DELETE') return /\/(connections|installations)\/\{\w+\}$/.test(path) ? 5 : 4;
  if (/\/disconnect$|\/tokens\/dead$/.test(path)) return 3;
  return method === 'GET' ? 1 : 2;
}

test('each route succeeds for a caller who may call it, as its document says', async () => {
  const elsewhere = [...stepsOfAConnection, ...signedBySlack];
  const all = [...publicRoutes, ...routes].filter((route) => !elsewhere.includes(nameOf(route)));
  const refused: string[] = [];
  for (const route of all.sort((a, b) => rankOf(a) - rankOf(b))) {
    const { status, text } = await callPermitted(route);
    if (status >= 400) refused.push(`${nameOf(route)}: ${status} ${text.slice(0, 300)}`);
  }
  expect(refused).toEqual([]);
  expect(all.map(nameOf).filter((name) => !documented.succeeded.has(name))).toEqual([]);
});
