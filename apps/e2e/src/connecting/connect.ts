// Connects a workspace, step by step or the whole way, as the person who begins does: with plain HTTP, so that Slack's
// form can say what Slack's page does not offer.
import { until } from '../until.ts';
import { call, owner, to, verdict, type Installation, type Person } from './context.ts';

export interface Connection {
  profile?: string;
  /** The installation to connect again. */
  installationId?: string;
  returnTo?: string;
}

export async function begin(
  by: Person,
  name: string,
  { profile = 'public', returnTo = 'http://127.0.0.1:1/settings', installationId }: Connection = {},
): Promise<{ id: string; url: string }> {
  const body = { name, profile, returnTo, ...(installationId !== undefined && { installationId }) };
  const begun = await call<{ id: string; url: string }>('installation', 'POST', 'connections', { by, body });
  if (begun.status !== 201) throw new Error(`it was not begun: ${JSON.stringify(begun)}`);
  return begun.body;
}

/** Opens the link, goes on and allows it, as a browser does. `granted`: the scopes that the person grants. */
export async function allow(link: string, team: string, granted?: readonly string[]): Promise<string> {
  const shown = await fetch(link);
  const cookie = shown.headers.getSetCookie()[0]!.split(';')[0]!;
  const fields = [...(await shown.text()).matchAll(/name="(connection|proof)" value="([^"]*)"/g)];
  const form = new URLSearchParams(fields.map(([, name, value]): [string, string] => [name!, value!]));
  const authorize = await leadsTo(new URL(link).origin + new URL(link).pathname, cookie, form);
  const asked = new URL(authorize).searchParams;
  for (const [name, value] of Object.entries({ team, user: '', decision: 'allow' })) asked.set(name, value);
  if (granted) asked.set('granted', granted.join(','));
  const { origin, pathname } = new URL(authorize);
  const callback = await leadsTo(origin + pathname, '', asked);
  const installation = new URL(await leadsTo(callback, cookie)).searchParams.get('installation');
  if (installation === null) throw new Error(`${team} was not allowed: ${callback}`);
  return installation;
}

async function leadsTo(url: string, cookie: string, form?: URLSearchParams): Promise<string> {
  const post = form && { method: 'POST', body: form };
  const response = await fetch(url, { redirect: 'manual', headers: { cookie }, ...post });
  const location = response.headers.get('location');
  if (location === null) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return location;
}

export const confirm = (id: string, by = owner) =>
  call<Installation>('installation', 'POST', `connections/${id}/confirm`, { by });

/** The whole way, until preferences knows the installation. */
export async function connect(
  by: Person,
  team: string,
  { granted, ...connection }: Connection & { granted?: readonly string[] } = {},
): Promise<string> {
  const { id, url } = await begin(by, `Slack ${team}`, connection);
  const installation = await allow(url, team, granted);
  const confirmed = await confirm(id, by);
  if (confirmed.status !== 200) throw new Error(`it was not confirmed: ${JSON.stringify(confirmed)}`);
  await until('preferences to know the installation', async () => (await verdict(to(installation))) === 'send');
  return installation;
}
