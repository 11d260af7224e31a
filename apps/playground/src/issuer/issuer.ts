// Stands for the company's identity provider: OpenID Connect discovery, a token for any identity that is asked for
// (`POST /token` with JSON), and the client-credentials grant for the services. Its key stays the same after a restart.
import type { IncomingMessage } from 'node:http';
import { SignJWT, importJWK, type JWK } from 'jose';
import { roles } from '@carillon/domain';
import { z } from 'zod';
import { notFound, readBody, serve, type Answer } from '../http-server.ts';
import { authenticateClient, type Clients } from './client-credentials.ts';

export const audience = 'carillon';
const memberTokenSeconds = 12 * 3600;
const serviceTokenSeconds = 3600;

/** Tests may ask for any token, also one that a real provider would not issue, to see that the services refuse it. */
export const identity = z.strictObject({
  tenant_id: z.unknown().optional(),
  tenant_ids: z.unknown().optional(),
  sub: z.string().min(1),
  roles: z.array(z.enum(roles)).min(1),
  email: z.email().optional(),
  /** `typ` of the header. Default `at+jwt`; `none` leaves it out. */
  typ: z.string().optional(),
  /** Further claims, over all others. */
  claims: z.record(z.string(), z.unknown()).optional(),
});
export type IdentityRequest = z.infer<typeof identity>;

export interface Issuer {
  url: string;
  mint(request: IdentityRequest): Promise<string>;
  close(): Promise<void>;
}

export async function startIssuer(options: { port: number; key: JWK; clients: Clients }): Promise<Issuer> {
  const { d: _private, ...publicKey } = options.key;
  const key = await importJWK(options.key, 'ES256');
  let issuer = '';
  const sign = (claims: Record<string, unknown>, subject: string, seconds: number, typ = 'at+jwt'): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: options.key.kid ?? '', ...(typ !== 'none' && { typ }) })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject(subject)
      .setIssuedAt()
      .setExpirationTime(`${seconds} s`)
      .sign(key);
  const mint = ({ sub, typ, claims, ...own }: IdentityRequest): Promise<string> =>
    sign({ ...own, ...claims }, sub, memberTokenSeconds, typ);

  const token = async (request: IncomingMessage): Promise<Answer> => {
    const body = await readBody(request);
    if (request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
      const asked = authenticateClient(body, request.headers.authorization, options.clients);
      if ('error' in asked) return asked.error;
      const accessToken = await sign(
        { roles: asked.client.roles, client_id: asked.client.id },
        asked.client.id,
        serviceTokenSeconds,
      );
      return tokenAnswer(accessToken, serviceTokenSeconds);
    }
    const parsed = identity.safeParse(parseJson(body));
    if (!parsed.success) {
      const errors = parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
      return {
        status: 400,
        headers: { 'content-type': 'application/problem+json' },
        body: { type: 'about:blank', title: 'Bad request', status: 400, errors },
      };
    }
    return tokenAnswer(await mint(parsed.data), memberTokenSeconds);
  };

  const server = await serve(options.port, (request, { pathname }) => {
    const route = `${request.method} ${pathname}`;
    if (route === 'GET /.well-known/openid-configuration') return { body: discovery(issuer) };
    if (route === 'GET /jwks.json') return { body: { keys: [publicKey] } };
    if (route === 'POST /token') return token(request);
    if (route === 'GET /healthz') return { body: { status: 'ok' } };
    return notFound(pathname);
  });
  issuer = server.url;
  return { url: server.url, mint, close: () => server.close() };
}

function discovery(issuer: string): object {
  return {
    issuer,
    jwks_uri: `${issuer}/jwks.json`,
    token_endpoint: `${issuer}/token`,
    grant_types_supported: ['client_credentials'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    id_token_signing_alg_values_supported: ['ES256'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
  };
}

function tokenAnswer(accessToken: string, seconds: number): Answer {
  return {
    headers: { 'cache-control': 'no-store' },
    body: { access_token: accessToken, token_type: 'Bearer', expires_in: seconds },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
