/**
 * Exchanges a code: once, and only with the redirect URI and the verifier for which it was created. An app without PKCE
 * (`SLACK_PKCE=refused`) learns `pkce_not_allowed` here and not on the page: the code is known from answers of
 * oauth.v2.access alone.
 */
import { createHash } from 'node:crypto';
import type { Code } from '../world/code.ts';
import { text } from '../web-api/arguments.ts';
import { type Answer, type OpenCall, refuse } from '../web-api/call.ts';

export function redeemCode({ sim, args }: OpenCall, purpose: Code['purpose']): Code | { refusal: Answer } {
  const code = sim.world.codes.get(text(args, 'code') ?? '');
  if (code === undefined || code.purpose !== purpose) return { refusal: refuse('invalid_code') };
  if (code.expiresAt <= Date.now()) {
    sim.world.codes.delete(code.value);
    return { refusal: refuse('invalid_code') };
  }
  const redirectUri = text(args, 'redirect_uri');
  if (redirectUri !== code.redirectUri) return { refusal: refuse('bad_redirect_uri') };
  const verifier = text(args, 'code_verifier');
  if (sim.app.pkce === 'refused' && (code.challenge !== undefined || verifier !== undefined))
    return { refusal: refuse('pkce_not_allowed') };
  if (code.challenge === undefined && verifier !== undefined) return { refusal: refuse('invalid_code_verifier') };
  if (code.challenge !== undefined) {
    const answer =
      code.challenge.method === 'S256'
        ? createHash('sha256')
            .update(verifier ?? '')
            .digest('base64url')
        : verifier;
    if (answer !== code.challenge.value) return { refusal: refuse('invalid_code_verifier') };
  }
  sim.world.codes.delete(code.value);
  return code;
}
