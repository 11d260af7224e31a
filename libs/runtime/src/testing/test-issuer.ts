// An identity provider in this process, for specs: OIDC discovery, keys, and tokens for whoever the spec wants to be.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Role } from '@carillon/domain';
import { exportJWK, generateKeyPair, SignJWT, type JWTPayload } from 'jose';

export interface TestTokenOptions {
  memberId?: string;
  /** Default: acme. */
  tenantId?: string;
  /** In place of tenantId, for products. */
  tenantIds?: string[];
  /** The `kid` of the header. Default: this issuer's key. */
  keyId?: string;
  /** `typ` of the header; null: none. Default `at+jwt`. */
  type?: string | null;
  /** Claims as they are, over all others; undefined removes one. */
  claims?: Record<string, unknown>;
  roles?: Role[];
  email?: string;
  audience?: string;
  /** Default: this issuer. */
  issuer?: string;
  /** Seconds from now; negative for an expired token. Default 300. */
  expiresIn?: number;
  /** Sign with a key that the issuer does not publish. */
  forged?: boolean;
}

export interface TestIssuer {
  url: string;
  audience: string;
  tokenUrl: string;
  /** A member of the tenant `acme`, unless said otherwise. */
  token(options?: TestTokenOptions): Promise<string>;
  /** `AUTH_ISSUERS` and `AUTH_AUDIENCE` for startForTest(). */
  env: { AUTH_ISSUERS: string; AUTH_AUDIENCE: string };
  /** Requests seen so far, by path. */
  requests: Map<string, number>;
  close(): Promise<void>;
}

const KEY_ID = 'test';

export async function testIssuer(audience = 'carillon'): Promise<TestIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const stranger = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(publicKey)), kid: KEY_ID, use: 'sig', alg: 'ES256' };
  const requests = new Map<string, number>();
  let url = '';

  const sign = (
    claims: JWTPayload,
    {
      issuer = url,
      expiresIn = 300,
      forged = false,
      audience: to = audience,
      type = 'at+jwt',
      keyId = KEY_ID,
    }: TestTokenOptions,
  ): Promise<string> =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'ES256', kid: keyId, ...(type === null ? {} : { typ: type }) })
      .setIssuer(issuer)
      .setAudience(to)
      .setIssuedAt()
      .setExpirationTime(Math.floor(Date.now() / 1000) + expiresIn)
      .sign(forged ? stranger.privateKey : privateKey);

  const token = (options: TestTokenOptions = {}): Promise<string> => {
    const { memberId = 'ada', tenantIds, tenantId = 'acme', roles = ['member'], email, claims } = options;
    const tenant = tenantIds ? { tenant_ids: tenantIds } : { tenant_id: tenantId };
    return sign({ sub: memberId, ...tenant, roles, ...(email ? { email } : {}), ...claims }, options);
  };

  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.set(path, (requests.get(path) ?? 0) + 1);
    answer(request, path).then(
      (body) => json(response, body ? 200 : 404, body ?? {}),
      () => json(response, 500, {}),
    );
  });

  async function answer(request: IncomingMessage, path: string): Promise<object | undefined> {
    if (path === '/.well-known/openid-configuration')
      return { issuer: url, jwks_uri: `${url}/jwks.json`, token_endpoint: `${url}/token` };
    if (path === '/jwks.json') return { keys: [jwk] };
    if (path !== '/token') return undefined;
    const basic = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    const client = decodeURIComponent(basic.split(':')[0] ?? '') || 'service';
    return {
      access_token: await sign({ sub: client, client_id: client, roles: ['service'] }, {}),
      token_type: 'Bearer',
      expires_in: 300,
    };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    audience,
    tokenUrl: `${url}/token`,
    token,
    env: { AUTH_ISSUERS: url, AUTH_AUDIENCE: audience },
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
