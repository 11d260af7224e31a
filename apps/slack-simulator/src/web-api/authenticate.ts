/**
 * Whose call it is. Slack looks into the Authorization header, and for forms into the `token` field; never into JSON.
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

/** The live token, or the reason why Slack does not take it. */
export function authenticate(sim: Simulation, value: string | undefined): Token | string {
  if (value === undefined || value === '') return 'not_authed';
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
