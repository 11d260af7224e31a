/** The one Slack app of the simulator, as its developer registered it. */
export interface AppIdentity {
  readonly id: string;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly signingSecret: string;
  /** A redirect must be at or below one of these; none = every redirect is accepted. */
  readonly redirectUrls: readonly string[];
  readonly eventsUrl: string | undefined;
  readonly interactionsUrl: string | undefined;
  readonly commandsUrl: string | undefined;
  /** Whether the tokens of new workspaces expire. */
  readonly tokenRotation: boolean;
  /** The app-level token, with which it asks who sees an event. */
  readonly appToken: string;
  readonly pkce: 'allowed' | 'refused';
}
