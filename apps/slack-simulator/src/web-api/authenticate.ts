/**
 * Finds the token of a call. Slack reads the Authorization header, and in forms the field `token`, but no JSON body.
 */
import type { Simulation } from '../simulation.ts';
import type { Token } from '../world/installation.ts';

export function bearerOf(authorization: string | undefined): string | undefined {
  return authorization !== undefined && /^bearer /i.test(authorization) ? authorization.slice(7).trim() : undefined;
}

export function basicOf(authorization: string | undefined): { id: string; secret: string } | undefined {
  if (authorization === undefined || !/^basic /i.test(authorization)) return undefined;
  const decoded = Buffer.from(authorization.slice(6).trim(), 'base64').toString('utf8');
  const colon = decoded.indexOf(':');
  if (colon < 0) return undefined;
  return { id: unescaped(decoded.slice(0, colon)), secret: unescaped(decoded.slice(colon + 1)) };
}

/** The valid token, or the error code with which Slack refuses it. */
export function authenticate(sim: Simulation, value: string | undefined): Token | string {
  if (value === undefined || value === '') return 'not_authed';
  // The app-level token authorises the app alone.
  if (value === sim.app.appToken) return 'not_allowed_token_type';
  const token = sim.world.tokens.get(value);
  if (token === undefined) return 'invalid_auth';
  if (token.dead !== undefined) return token.dead;
  if (token.expiresAt !== undefined && token.expiresAt <= Date.now()) return 'token_expired';
  return token;
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
