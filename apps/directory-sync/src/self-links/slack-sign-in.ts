// Sign in with Slack (OpenID Connect): where the browser is sent, and who came back. Guarantees: an id token counts
// only with Slack's signature, for this app, in its time, and with the nonce of this attempt; client secret, codes
// and tokens are in no error and no log. A nonce is always sent, since Slack writes an empty one otherwise; PKCE is
// not used, since Slack refuses it beside the secret. The e-mail address in the token is not proven, and is not
// read.
import { SlackClient } from '@carillon/slack';
import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload } from 'jose';
import { z } from 'zod';
import { Refused } from './self-link-refusals.ts';

export interface SignInSettings {
  /** Without a slash at the end. */
  slackUrl: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  timeoutMs: number;
}

export interface SignedIn {
  teamId: string;
  userId: string;
}

const tokenAnswer = z.object({ id_token: z.string() });
const claims = z.object({
  nonce: z.string(),
  'https://slack.com/team_id': z.string().min(1),
  'https://slack.com/user_id': z.string().min(1),
});
/** How far Slack's clock and ours may differ. */
const clockToleranceSeconds = 60;

export class SlackSignIn {
  private readonly keys: ReturnType<typeof createRemoteJWKSet>;

  constructor(private readonly settings: SignInSettings) {
    const { slackUrl, timeoutMs } = settings;
    this.keys = createRemoteJWKSet(new URL(`${slackUrl}/openid/connect/keys`), { timeoutDuration: timeoutMs });
  }

  /** @param team the workspace or the organisation that Slack offers first */
  authorizeUrl(state: string, nonce: string, team: string | null): string {
    const { slackUrl, clientId, redirectUri } = this.settings;
    const url = new URL(`${slackUrl}/openid/connect/authorize`);
    const query = { response_type: 'code', scope: 'openid', client_id: clientId, redirect_uri: redirectUri };
    for (const [name, value] of Object.entries({ ...query, state, nonce })) url.searchParams.set(name, value);
    if (team !== null) url.searchParams.set('team', team);
    return url.href;
  }

  /** Throws Refused. */
  async whoSignedIn(code: string, nonce: string): Promise<SignedIn> {
    const read = claims.safeParse(await this.verified(await this.exchange(code)));
    if (!read.success || read.data.nonce !== nonce) throw new Refused('not_proven');
    return { teamId: read.data['https://slack.com/team_id'], userId: read.data['https://slack.com/user_id'] };
  }

  private async exchange(code: string): Promise<string> {
    const { slackUrl, timeoutMs, clientId, clientSecret, redirectUri } = this.settings;
    const answer = await new SlackClient({ slackUrl, timeoutMs }).call('openid.connect.token', {
      grant_type: 'authorization_code',
      ...{ client_id: clientId, client_secret: clientSecret, code, redirect_uri: redirectUri },
    });
    if (!answer.ok) {
      const { failure } = answer;
      const cause = new Error(`openid.connect.token: ${failure.code}. ${failure.advice}`);
      throw new Refused(failure.retry === 'never' ? 'not_proven' : 'slack_unavailable', { cause });
    }
    const read = tokenAnswer.safeParse(answer.body);
    if (!read.success) throw new Refused('slack_unavailable');
    return read.data.id_token;
  }

  private async verified(idToken: string): Promise<JWTPayload> {
    const { slackUrl: issuer, clientId: audience } = this.settings;
    try {
      const { payload } = await jwtVerify(idToken, this.keys, {
        ...{ issuer, audience, algorithms: ['RS256'], clockTolerance: clockToleranceSeconds },
        requiredClaims: ['exp', 'iat', 'sub'],
      });
      return payload;
    } catch (cause) {
      throw new Refused(isAboutTheToken(cause) ? 'not_proven' : 'slack_unavailable', { cause });
    }
  }
}

/** Anything else says that the keys could not be fetched. */
const isAboutTheToken = (error: unknown): boolean =>
  [
    errors.JWTExpired,
    errors.JWTClaimValidationFailed,
    errors.JWTInvalid,
    errors.JWSInvalid,
    errors.JWSSignatureVerificationFailed,
    errors.JOSEAlgNotAllowed,
    errors.JWKSNoMatchingKey,
  ].some((kind) => error instanceof kind);
