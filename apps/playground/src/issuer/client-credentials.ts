// The client-credentials grant (RFC 6749, 4.4): authenticates a client by its Basic header or by fields of the body.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Answer } from '../http-server.ts';

export interface Client {
  id: string;
  roles: string[];
}

/** Client id → secret and roles. */
export type Clients = Record<string, { secret: string; roles: string[] }>;

export function authenticateClient(
  form: string,
  authorization: string | undefined,
  clients: Clients,
): { client: Client } | { error: Answer } {
  const body = new URLSearchParams(form);
  const grant = body.get('grant_type');
  if (grant !== 'client_credentials')
    return refuse(
      400,
      'unsupported_grant_type',
      `grant_type is ${grant ?? 'missing'}, only client_credentials is served`,
    );
  const { id, secret } = basicCredentials(authorization) ?? {
    id: body.get('client_id') ?? '',
    secret: body.get('client_secret') ?? '',
  };
  const known = Object.hasOwn(clients, id) ? clients[id] : undefined;
  if (!known || !same(known.secret, secret)) return refuse(401, 'invalid_client', 'Unknown client or wrong secret');
  return { client: { id, roles: known.roles } };
}

function basicCredentials(header: string | undefined): { id: string; secret: string } | undefined {
  if (!header?.toLowerCase().startsWith('basic ')) return undefined;
  const text = Buffer.from(header.slice(6), 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { id: decodeURIComponent(text.slice(0, colon)), secret: decodeURIComponent(text.slice(colon + 1)) };
}

function same(left: string, right: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(left), digest(right));
}

function refuse(status: number, error: string, description: string): { error: Answer } {
  const challenge: Record<string, string> = status === 401 ? { 'www-authenticate': 'Basic realm="carillon"' } : {};
  return { error: { status, headers: challenge, body: { error, error_description: description } } };
}
