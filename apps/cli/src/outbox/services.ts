// Where the services with an outbox are, and as whom they are asked. Addresses come from --service and the environment
// (DELIVERY_URL, …), else from the playground; a token from CARILLON_TOKEN, else from the playground's issuer.
import { findPlayground } from '../playground.ts';
import { UserError, type Terminal } from '../terminal.ts';

export const servicesWithOutbox = ['installation', 'directory-sync', 'preferences', 'delivery'] as const;
export type ServiceName = (typeof servicesWithOutbox)[number];

export interface Service {
  name: ServiceName;
  url: string;
}

export function findServices({ env, cwd }: Terminal, named?: string): Service[] {
  const chosen = servicesWithOutbox.filter((name) => named === undefined || name === named);
  if (chosen.length === 0) throw new UserError(`--service must be one of ${servicesWithOutbox.join(', ')}`, 2);
  const known = findPlayground(cwd)?.services ?? {};
  const found = chosen.flatMap((name) => {
    const url = env[variableOf(name)] ?? known[name];
    return url === undefined ? [] : [{ name, url: url.replace(/\/$/, '') }];
  });
  if (found.length === 0)
    throw new UserError(
      `where are the services? Set ${chosen.map(variableOf).join(', ')}, or start the playground with \`npm start\``,
      2,
    );
  return found;
}

const variableOf = (name: ServiceName): string => `${name.toUpperCase().replaceAll('-', '_')}_URL`;

export async function operatorToken({ env, cwd }: Terminal): Promise<string> {
  const given = env['CARILLON_TOKEN'];
  if (given) return given;
  const issuer = findPlayground(cwd)?.issuer?.url;
  if (!issuer) throw new UserError('who are you? Set CARILLON_TOKEN to a bearer token with the role operator', 2);
  const answer = await fetchJson(`${issuer}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sub: 'carillon-cli', roles: ['operator'] }),
  });
  const { access_token: token } = (answer.body ?? {}) as { access_token?: string };
  if (!answer.ok || !token)
    throw new UserError(`the playground's issuer at ${issuer} gave no token (status ${answer.status})`);
  return token;
}

/** Asks one service; whatever is not an answer is a UserError that names it. */
export async function ask({ name, url }: Service, token: string, path: string, body?: object): Promise<unknown> {
  const answer = await fetchJson(`${url}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (answer.ok) return answer.body;
  const { detail, title } = (answer.body ?? {}) as { detail?: unknown; title?: unknown };
  const said = [detail, title].find((text) => typeof text === 'string');
  throw new UserError(
    `${name} answered ${answer.status}${said === undefined ? '' : `: ${said}`}${answer.status === 401 || answer.status === 403 ? '; CARILLON_TOKEN needs the role operator' : ''}`,
  );
}

async function fetchJson(url: string, init: RequestInit): Promise<{ ok: boolean; status: number; body: unknown }> {
  try {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(20_000) });
    return { ok: response.ok, status: response.status, body: await response.json().catch(() => undefined) };
  } catch (error) {
    const { cause, message } = error as Error;
    throw new UserError(`${new URL(url).origin} does not answer: ${cause instanceof Error ? cause.message : message}`);
  }
}
