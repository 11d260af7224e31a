// The bearer token of a command: CARILLON_TOKEN, else one from the playground's issuer, which stands for the company's
// identity provider and gives a token to whoever asks.
import { findPlayground } from '../playground.ts';
import { UserError, type Terminal } from '../terminal.ts';
import { fetchJson } from './ask-service.ts';

export interface TokenRequest {
  roles: readonly string[];
  /** Absent: the playground's tenant. Null: none, as an operator's token. */
  tenant?: string | null | undefined;
}

/** Of nobody's tenant. */
export const operatorToken = (terminal: Terminal): Promise<string> =>
  accessToken(terminal, { roles: ['operator'], tenant: null });

export async function accessToken({ env, cwd }: Terminal, { roles, tenant }: TokenRequest): Promise<string> {
  const given = env['CARILLON_TOKEN'];
  if (given) return given;
  const playground = findPlayground(cwd);
  const issuer = playground?.issuer?.url;
  if (!issuer)
    throw new UserError(
      `no access token: set CARILLON_TOKEN to a bearer token with ${roles.length === 1 ? 'the role' : 'one of the roles'} ${roles.join(', ')}`,
      2,
    );
  const tenantId = tenant === undefined ? playground.tenant?.id : tenant;
  const answer = await fetchJson(`${issuer}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sub: 'carillon-cli', roles, ...(tenantId ? { tenant_id: tenantId } : {}) }),
  });
  const { access_token: token } = (answer.body ?? {}) as { access_token?: string };
  if (!answer.ok || !token)
    throw new UserError(`the playground's issuer at ${issuer} gave no token (status ${answer.status})`);
  return token;
}
