/**
 * The app's authorisation in one workspace or in a whole org, and its tokens. Scopes accumulate while it is installed.
 * As at Slack, a reinstallation without rotation keeps the bot token; with rotation at most two are valid.
 */
export class Installation {
  readonly botScopes = new Set<string>();
  readonly userScopes = new Map<string, Set<string>>();
  readonly tokens = new Set<Token>();

  constructor(
    /** The id of the workspace or the org. */
    readonly team: string,
    readonly installedBy: string,
  ) {}

  alive(kind: Token['kind'], user?: string): Token[] {
    return [...this.tokens].filter(
      (t) => t.kind === kind && t.dead === undefined && (user === undefined || t.user === user),
    );
  }
}

export interface Token {
  readonly value: string;
  readonly kind: 'bot' | 'user';
  /** The id of the workspace or the org. */
  readonly team: string;
  /** The bot user, or the person who authorised. */
  readonly user: string;
  readonly scopes: Set<string>;
  /** `x-oauth-scopes`, kept ready for the hot path. */
  scopeHeader: string;
  readonly installation: Installation;
  /** Epoch milliseconds; only with rotation. */
  expiresAt?: number;
  refreshToken?: string;
  /** The error code with which Slack refuses it. */
  dead?: 'token_revoked' | 'account_inactive' | 'token_expired';
}

export interface RefreshToken {
  readonly value: string;
  readonly kind: Token['kind'];
  readonly installation: Installation;
  readonly user: string;
  /** Set at its first use: it stays valid for a short time after that. */
  validUntil?: number;
}
