/** An OAuth code: valid for 10 minutes and one use, for the parameters that the person allowed. */
export interface Code {
  readonly value: string;
  readonly purpose: 'install' | 'sign-in';
  /** The workspace, or the org in which the app is installed for all its workspaces. */
  readonly team: string;
  readonly user: string;
  readonly botScopes: readonly string[];
  readonly userScopes: readonly string[];
  /** As it was sent to the authorize page. It must be sent again if it was. */
  readonly redirectUri: string | undefined;
  readonly challenge: { value: string; method: string } | undefined;
  readonly nonce: string | undefined;
  readonly expiresAt: number;
}
