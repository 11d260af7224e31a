/** The one Slack app of the simulator, as its developer registered it. */
export interface AppIdentity {
  readonly id: string;
  readonly name: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly signingSecret: string;
  /** Redirects have to be at or below one of these; none = any redirect is taken. */
  readonly redirectUrls: readonly string[];
  readonly eventsUrl: string | undefined;
  readonly interactionsUrl: string | undefined;
  readonly commandsUrl: string | undefined;
  /** New workspaces hand out expiring tokens. */
  readonly tokenRotation: boolean;
}
