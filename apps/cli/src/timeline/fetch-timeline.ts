// Asking delivery. A token comes from CARILLON_TOKEN, else from the playground's issuer, which stands for the company's
// identity provider and gives one to whoever asks.
import { findPlayground } from '../playground.ts';
import { UserError, type Terminal } from '../terminal.ts';
import { timeline, type Timeline } from './timeline.ts';

/** The tenant is asked for only where the token names none. */
export type Subject = { notificationId: string } | { source: string; id: string; tenantId?: string };

export interface Delivery {
  url: string;
  token: string;
}

export async function findDelivery(terminal: Terminal, flags: { url?: string; tenant?: string }): Promise<Delivery> {
  const playground = findPlayground(terminal.cwd);
  const url = flags.url ?? terminal.env['DELIVERY_URL'] ?? playground?.services?.['delivery'];
  if (!url)
    throw new UserError('where is delivery? Set DELIVERY_URL (or --url), or start the playground with `npm start`', 2);
  const given = terminal.env['CARILLON_TOKEN'];
  if (given) return { url, token: given };
  const issuer = playground?.issuer?.url;
  if (!issuer) throw new UserError('who are you? Set CARILLON_TOKEN to a bearer token of your identity provider', 2);
  const tenant = flags.tenant ?? playground?.tenant?.id;
  const claims = { tenant_id: tenant, sub: 'carillon-cli', roles: ['owner', 'admin', 'operator'] };
  const answer = await request(`${issuer}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(claims),
  });
  const { access_token: token } = (await answer.json().catch(() => ({}))) as { access_token?: string };
  if (!answer.ok || !token)
    throw new UserError(`the playground's issuer at ${issuer} gave no token (status ${answer.status})`);
  return { url, token };
}

/** Undefined: delivery doesn't know it (yet). */
export async function fetchTimeline(
  { url, token }: Delivery,
  subject: Subject,
): Promise<{ found: Timeline; body: unknown } | undefined> {
  const path =
    'notificationId' in subject
      ? `/v1/notifications/${encodeURIComponent(subject.notificationId)}`
      : `/v1/notifications?${new URLSearchParams(subject).toString()}`;
  const answer = await request(`${url.replace(/\/$/, '')}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const body: unknown = await answer.json().catch(() => undefined);
  if (answer.status === 404) return undefined;
  if (answer.status === 401 || answer.status === 403)
    throw new UserError(
      `delivery refuses this token (status ${answer.status}${problem(body)}); CARILLON_TOKEN needs the tenant's admin or operator role`,
    );
  if (!answer.ok) throw new UserError(`delivery answered ${answer.status}${problem(body)}`);
  const one = 'notificationId' in subject ? body : firstOf(body);
  if (one === undefined) return undefined;
  const result = timeline.safeParse(one);
  if (!result.success)
    throw new UserError('delivery answered something that is no timeline; is this carillon as new as it?');
  return { found: result.data, body: one };
}

/** By source and id, delivery may answer with a page. */
function firstOf(body: unknown): unknown {
  const { items } = (body ?? {}) as { items?: unknown };
  return Array.isArray(items) ? (items[0] as unknown) : body;
}

function problem(body: unknown): string {
  const { detail, title } = (body ?? {}) as { detail?: unknown; title?: unknown };
  const text = detail ?? title;
  return typeof text === 'string' ? `: ${text}` : '';
}

async function request(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
  } catch (error) {
    const { cause, message } = error as Error;
    throw new UserError(`${new URL(url).origin} does not answer: ${cause instanceof Error ? cause.message : message}`);
  }
}
