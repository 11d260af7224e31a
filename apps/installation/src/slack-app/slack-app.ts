// Calls Slack's OAuth methods and a few other methods for the Slack app.
// Guarantees: within the timeout every call returns, or throws SlackRefused (with Slack's error code) or
// SlackUnavailable; client secret, codes and tokens are only in the requests, never in errors or logs.
import { createHash } from 'node:crypto';
import { classify, SlackClient, type SlackAnswer, type SlackFailure } from '@carillon/slack';
import { SlackRefused, SlackUnavailable } from './errors.ts';
import { accessAnswer, grantOf, refreshAnswer, tokensOf, type Grant, type Tokens } from './grant.ts';

export interface SlackAppSettings {
  slackUrl: string;
  clientId: string;
  clientSecret: string;
  redirectUri: string;
  timeoutMs: number;
  /** Whether codes are bound to the browser by PKCE. Slack answers `pkce_not_allowed` where the app has none. */
  pkce: boolean;
}

export interface WorkspaceDetails {
  botId?: string;
  /** The organisation that the workspace belongs to. */
  enterpriseId?: string;
  name?: string;
  domain?: string;
}

export class SlackApp {
  constructor(private readonly settings: SlackAppSettings) {}

  /** @param verifier of PKCE: a secret of the browser that is sent to Slack; ignored without PKCE */
  authorizeUrl(scopes: readonly string[], state: string, verifier: string, teamId?: string): string {
    const url = new URL(`${this.settings.slackUrl}/oauth/v2/authorize`);
    url.searchParams.set('client_id', this.settings.clientId);
    url.searchParams.set('scope', scopes.join(','));
    url.searchParams.set('redirect_uri', this.settings.redirectUri);
    url.searchParams.set('state', state);
    if (this.settings.pkce) {
      url.searchParams.set('code_challenge', createHash('sha256').update(verifier).digest('base64url'));
      url.searchParams.set('code_challenge_method', 'S256');
    }
    if (teamId !== undefined) url.searchParams.set('team', teamId);
    return url.href;
  }

  /** Throws SlackRefused or SlackUnavailable. */
  async exchange(code: string, verifier: string): Promise<Grant> {
    const { redirectUri, pkce } = this.settings;
    const body = await this.app('oauth.v2.access', {
      code,
      redirect_uri: redirectUri,
      ...(pkce && { code_verifier: verifier }),
    });
    const read = accessAnswer.safeParse(body);
    const grant = read.success ? grantOf(read.data, new Date()) : undefined;
    if (!grant) throw new SlackUnavailable('oauth.v2.access', 'the answer lacks a bot token or a workspace');
    return grant;
  }

  async refresh(refreshToken: string): Promise<Tokens> {
    return this.pair('oauth.v2.access', { grant_type: 'refresh_token', refresh_token: refreshToken });
  }

  /** Undefined where Slack says that the authorisation has ended. */
  async refreshUnlessEnded(refreshToken: string): Promise<Tokens | undefined> {
    try {
      return await this.refresh(refreshToken);
    } catch (error) {
      if (error instanceof SlackRefused && error.tokenIsDead) return undefined;
      throw error;
    }
  }

  /** Turns a token that does not expire into a pair that does: for an app whose token rotation was switched on. */
  async migrate(accessToken: string): Promise<Tokens> {
    return this.pair('oauth.v2.exchange', { token: accessToken });
  }

  private async pair(method: string, form: Record<string, string>): Promise<Tokens> {
    const read = refreshAnswer.safeParse(await this.app(method, form));
    if (!read.success) throw new SlackUnavailable(method, 'the answer lacks a token pair');
    return tokensOf(read.data, new Date());
  }

  async workspaceDetails(token: string): Promise<WorkspaceDetails> {
    const body = await this.call(token, 'auth.test');
    const host = typeof body['url'] === 'string' ? URL.parse(body['url'])?.hostname : undefined;
    return {
      ...(typeof body['bot_id'] === 'string' && { botId: body['bot_id'] }),
      ...(typeof body['team'] === 'string' && { name: body['team'] }),
      ...(typeof body['enterprise_id'] === 'string' && { enterpriseId: body['enterprise_id'] }),
      ...(host && { domain: host.split('.')[0]! }),
    };
  }

  async workspaceIcon(token: string): Promise<string | undefined> {
    const team = (await this.call(token, 'team.info'))['team'] as { icon?: Record<string, unknown> } | undefined;
    const icon = team?.icon?.['image_132'] ?? team?.icon?.['image_102'] ?? team?.icon?.['image_68'];
    return typeof icon === 'string' ? icon : undefined;
  }

  /** Of the workspace, or of the organisation. */
  async isWorkspaceAdmin(token: string, userId: string): Promise<boolean> {
    const user = (await this.call(token, 'users.info', { user: userId }))['user'] as
      | (Record<string, unknown> & { enterprise_user?: Record<string, unknown> })
      | undefined;
    const flags = [user, user?.enterprise_user].flatMap((one) =>
      one ? [one['is_admin'], one['is_owner'], one['is_primary_owner']] : [],
    );
    return flags.includes(true);
  }

  /** The workspaces that an organisation-wide token covers. */
  async coveredTeams(token: string): Promise<string[]> {
    const teams: string[] = [];
    for (let cursor = ''; ; ) {
      const body = await this.call(token, 'auth.teams.list', { limit: 1000, ...(cursor !== '' && { cursor }) });
      const listed = Array.isArray(body['teams']) ? (body['teams'] as { id?: unknown }[]) : [];
      for (const { id } of listed) if (typeof id === 'string') teams.push(id);
      const next = (body['response_metadata'] as { next_cursor?: unknown } | undefined)?.next_cursor;
      if (typeof next !== 'string' || next === '' || next === cursor) return teams;
      cursor = next;
    }
  }

  /** Undefined while the token works; otherwise Slack's error code for a token that will not work again. */
  async deathOf(token: string): Promise<string | undefined> {
    try {
      await this.call(token, 'auth.test');
      return undefined;
    } catch (error) {
      if (error instanceof SlackRefused) return error.tokenIsDead ? error.code : undefined;
      throw error;
    }
  }

  /**
   * Revokes the authorisation. A dead token counts as revoked. With rotation, the authorisation would survive by its
   * refresh token when one token is revoked, so the whole app is removed from the workspace. Where Slack does not let
   * the bot remove the app (`no_permission`), the token alone is revoked.
   *
   * @param uninstall whether the app is removed in any case
   */
  async revoke(tokens: { accessToken: string; refreshToken?: string }, uninstall = false): Promise<void> {
    if (tokens.refreshToken === undefined && !uninstall) return this.revokeOne(tokens.accessToken);
    const { clientId, clientSecret } = this.settings;
    try {
      await this.call(tokens.accessToken, 'apps.uninstall', { client_id: clientId, client_secret: clientSecret });
    } catch (error) {
      if (!(error instanceof SlackRefused)) throw error;
      if (!error.tokenIsDead) await this.revokeOne(tokens.accessToken);
    }
  }

  /** Revokes one token of several. Without rotation there is only one, and revoking it revokes the authorisation. */
  async revokeOne(token: string): Promise<void> {
    try {
      await this.call(token, 'auth.revoke');
    } catch (error) {
      if (!(error instanceof SlackRefused && error.tokenIsDead)) throw error;
    }
  }

  private async call(
    token: string,
    method: string,
    args: Record<string, unknown> = {},
  ): Promise<Record<string, unknown>> {
    const client = new SlackClient({ token, slackUrl: this.settings.slackUrl, timeoutMs: this.settings.timeoutMs });
    const answer: SlackAnswer = await client.call(method, args);
    if (answer.ok) return answer.body;
    throw errorOf(method, answer.failure);
  }

  /** The OAuth methods authenticate the app by its client secret instead of a token. */
  private async app(method: string, form: Record<string, string>): Promise<Record<string, unknown>> {
    const { clientId, clientSecret, slackUrl, timeoutMs } = this.settings;
    let status: number;
    let body: unknown;
    try {
      const response = await fetch(`${slackUrl}/api/${method}`, {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
          'content-type': 'application/x-www-form-urlencoded',
        },
        body: new URLSearchParams(form),
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      status = response.status;
      body = await response.json().catch(() => undefined);
    } catch (cause) {
      throw new SlackUnavailable(method, cause instanceof Error ? cause.name : 'request failed', { cause });
    }
    const answer = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : undefined;
    if (status !== 200 || !answer) throw new SlackUnavailable(method, `HTTP ${status}`);
    if (answer['ok'] === true) return answer;
    throw errorOf(method, classify(method, answer));
  }
}

/** Rate limits, outages and lost answers count as no answer. */
const errorOf = (method: string, { code, sent, retry }: SlackFailure): Error =>
  sent === 'maybe' || retry === 'later' || typeof retry === 'object'
    ? new SlackUnavailable(method, code)
    : new SlackRefused(method, code);
