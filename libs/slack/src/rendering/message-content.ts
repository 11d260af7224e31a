// The content of a message, independent of Slack: plain text in every field, Markdown in `body`.

/** Shown for content without any text. */
export const emptyText = 'You have a new notification';

export interface MessageLink {
  url: string;
  label?: string | undefined;
}

export interface MessageFact {
  label: string;
  value: string;
}

export interface MessageAction {
  /** Comes back as the button's `action_id`. */
  id: string;
  label: string;
  value?: string | undefined;
  style?: 'primary' | 'danger' | undefined;
  url?: string | undefined;
}

/** A person in this workspace; one without a Slack user is shown by name. */
export interface MessageMention {
  name: string;
  slackUserId?: string | undefined;
  /** How the body refers to them: `member:ada`, `email:ada@acme.test`. */
  ref?: string | undefined;
}

export interface MessageContent {
  title?: string | undefined;
  body?: string | undefined;
  link?: MessageLink | undefined;
  facts?: readonly MessageFact[] | undefined;
  actions?: readonly MessageAction[] | undefined;
  /** The people who are mentioned before the body. */
  mentions?: readonly MessageMention[] | undefined;
}

export interface RenderOptions {
  /** More people to whom the body may refer, as in `[Ada](member:ada)`. Only those it refers to are mentioned. */
  mentionablePeople?: readonly MessageMention[] | undefined;
  /** How the link to the product is shown. */
  linkAs?: 'button' | 'context';
  /** The most characters of the body that are shown; the link leads to the rest. */
  bodyLimit?: number;
  /** Shown for content without any text. */
  emptyText?: string;
  /** The message is posted together with files: Slack takes fewer kinds of blocks there. */
  withFiles?: boolean;
}

export interface RenderedMessage {
  /** The text of notifications and screen readers. Never empty. */
  text: string;
  blocks: MessageBlock[];
  /** What of the content is not in the blocks. Absent: nothing is missing. */
  shortened?: Shortened;
}

export interface Shortened {
  /** About how many characters of the body are missing between its head and its tail. */
  bodyCharacters?: number;
  /** How many facts are missing. */
  facts?: number;
  /** How many values of facts are cut. */
  factValues?: number;
}

export interface MessageBlock {
  type: string;
  block_id: string;
  [field: string]: unknown;
}
