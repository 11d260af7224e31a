/** What a `response_url` points to: at most 5 uses within 30 minutes. */
export interface Callback {
  readonly team: string;
  readonly channel: string;
  readonly user: string;
  readonly messageTs: string | undefined;
  readonly expiresAt: number;
  uses: number;
}
