// What a message says, independent of Slack: plain words everywhere, Markdown in `body`.

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

export interface MessageMention {
  slackUserId: string;
  name: string;
}

export interface MessageContent {
  title?: string | undefined;
  body?: string | undefined;
  link?: MessageLink | undefined;
  facts?: readonly MessageFact[] | undefined;
  actions?: readonly MessageAction[] | undefined;
  mentions?: readonly MessageMention[] | undefined;
}

export interface RenderOptions {
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
