/** A file: it gets an upload URL, is uploaded, then completed and perhaps shared. */
export interface SlackFile {
  readonly id: string;
  /** The workspace or the org whose token announced it. */
  readonly team: string;
  readonly user: string;
  readonly name: string;
  readonly announcedLength: number;
  title: string;
  altText?: string;
  content?: Buffer;
  contentType: string;
  completed: boolean;
  readonly created: number;
  readonly shares: Share[];
}

/** Where a file was posted. */
export interface Share {
  readonly channel: string;
  readonly private: boolean;
  readonly ts: string;
  readonly threadTs?: string;
  /** Epoch milliseconds; Slack fills shares in after it has answered. */
  readonly visibleAt: number;
}
