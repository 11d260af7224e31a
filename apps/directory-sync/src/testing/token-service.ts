// The token route of the installation service: issues bot tokens to callers with an identity. The route itself is
// tested in apps/installation.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface TokenService {
  url: string;
  /** By installation; one that is missing is unavailable. */
  tokens: Map<string, string>;
  /** The owner of each installation, where it is not `acme`. */
  tenants: Map<string, string>;
  close(): Promise<void>;
}

export async function tokenService(): Promise<TokenService> {
  const tokens = new Map<string, string>();
  const tenants = new Map<string, string>();
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.url !== '/v1/tokens' || !request.headers.authorization?.startsWith('Bearer '))
        return response.writeHead(401).end();
      const { installationIds } = JSON.parse(body) as { installationIds: string[] };
      const answer = {
        tokens: installationIds
          .filter((id) => tokens.has(id))
          .map((id) => ({
            installationId: id,
            tenantId: tenants.get(id) ?? 'acme',
            teamId: 'T0',
            token: tokens.get(id),
          })),
        unavailable: installationIds
          .filter((id) => !tokens.has(id))
          .map((id) => ({ installationId: id, reason: 'lost' })),
      };
      return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tokens,
    tenants,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
