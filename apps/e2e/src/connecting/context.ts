// The stage that the files of this folder share, and what people and Slack do on it. Each test has workspaces of its
// own, so that what happens to one connection concerns no other test. How a workspace is connected is in connect.ts.
import type { ServiceName, TokenRequest } from '@carillon/playground';
import { MachineDelay } from '../machine-delay.ts';
import { Stage } from '../stage.ts';
import { until } from '../until.ts';

/**
 * A rotating token is exchanged when it has less left than this. A sender asks for a newer one every ten seconds, so no
 * token expires meanwhile.
 */
export const refreshAheadSeconds = 12;

export let stage: Stage;

export async function startConnectingStage(): Promise<void> {
  stage = await Stage.start({
    services: ['installation', 'directory-sync', 'preferences', 'delivery', 'slack-ingress'],
    replicas: { 'slack-ingress': 2 },
    env: { installation: { TOKEN_REFRESH_AHEAD_MS: `${refreshAheadSeconds}s` } },
  });
}

export interface Installation {
  id: string;
  state: string;
  stateReason?: string;
  teamName?: string;
  teamDomain?: string;
  teamIds?: string[];
  version: number;
  scopes: string[];
  capabilities: string[];
  missingScopes: string[];
}

export interface Person {
  sub: string;
  tenant?: string;
  role?: TokenRequest['roles'][number];
}
export const owner: Person = { sub: 'olga' };
const operator: Person = { sub: 'ops', tenant: '', role: 'operator' };

export async function call<T = Record<string, unknown>>(
  service: ServiceName,
  method: string,
  path: string,
  { by: { sub, tenant = 'acme', role = 'owner' } = owner, body }: { by?: Person; body?: object } = {},
): Promise<{ status: number; body: T }> {
  const token = await stage.playground.token({ tenant, sub, roles: [role] });
  const response = await fetch(`${stage.playground.service(service).url}/v1/${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as T };
}

/** The simulated Slack's control surface. */
export async function control<T = unknown>(method: 'GET' | 'POST', path: string, body?: object): Promise<T> {
  const response = await fetch(`${stage.playground.slack.url}/_sim/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** A workspace with an admin and channels that the app is a member of once it is installed. */
export async function workspace(
  team: string,
  { channels = 1, ...more }: Record<string, unknown> = {},
): Promise<string[]> {
  const ids = Array.from({ length: Number(channels) }, (_, n) => `C${team.slice(1)}X${n}`);
  const users = [{ id: `U${team.slice(1)}`, name: 'Admin', email: `admin@${team.toLowerCase()}.test`, admin: true }];
  const inside = ids.map((id) => ({ id, name: id.toLowerCase(), members: ['bot'] }));
  await control('POST', 'workspaces', { id: team, name: team, users, channels: inside, ...more });
  return ids;
}

export const to = (installation: string, channel = 'C0ANY'): object => ({ channel, installation });

/** What preferences would decide for a recipient. */
export async function verdict(recipient: object, type = 'report.ready'): Promise<string | undefined> {
  const body = { type, title: 'Would it be sent?', source: '/e2e', id: 'asked', to: [recipient] };
  const { body: answer } = await call<{ recipients?: { verdict: string }[] }>('preferences', 'POST', 'explain', {
    body,
  });
  return answer.recipients?.[0]?.verdict;
}

export const installationOf = async (id: string): Promise<Installation> =>
  (await call<Installation>('installation', 'GET', `installations/${id}`)).body;

export const lane = async (id: string) =>
  (await call<{ blockedInstallations: object[] }>('delivery', 'GET', `lanes/${id}`, { by: operator })).body;

/** In seconds, without what this machine was late meanwhile. */
export async function secondsUntil(what: string, condition: () => Promise<boolean>): Promise<number> {
  const began = performance.now();
  const machine = MachineDelay.measure({ everyMs: 500, work: () => call('installation', 'GET', 'installations') });
  try {
    await until(what, condition, { everyMs: 50 });
    return (performance.now() - began - machine.late - machine.longest) / 1_000;
  } finally {
    await machine.stop();
  }
}
