/** An OAuth code: 10 minutes, one use, bound to what the person saw when they allowed it. */
export interface Code {
  readonly value: string;
  readonly purpose: 'install' | 'sign-in';
  readonly team: string;
  readonly user: string;
  readonly botScopes: readonly string[];
  readonly userScopes: readonly string[];
  /** As sent to the authorize page; has to be repeated if it was. */
  readonly redirectUri: string | undefined;
  readonly challenge: { value: string; method: string } | undefined;
  readonly nonce: string | undefined;
  readonly expiresAt: number;
}
