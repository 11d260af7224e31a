// What a message says, independent of Slack: plain words everywhere, Markdown in `body`.

/** Stands for a message that says nothing. */
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

/** Somebody as this workspace knows them; without a Slack user there is only the name. */
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
  /** Those who are called in front of the body. */
  mentions?: readonly MessageMention[] | undefined;
}

export interface RenderOptions {
  /** Whom else the body may refer to, as in `[Ada](member:ada)`; nobody is called who is not referred to. */
  people?: readonly MessageMention[] | undefined;
  /** How the way back to the product is shown. */
  linkAs?: 'button' | 'context';
  /** The most of the body that is shown, in characters; the rest is behind the link. */
  bodyLimit?: number;
  /** What stands for a message that says nothing. */
  emptyText?: string;
}

export interface RenderedMessage {
  /** What notifications and screen readers say. Never empty. */
  text: string;
  blocks: MessageBlock[];
}

export interface MessageBlock {
  type: string;
  block_id: string;
  [field: string]: unknown;
}
