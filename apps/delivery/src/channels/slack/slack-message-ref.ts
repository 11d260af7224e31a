// Where Slack shows a message. The ledger keeps it without reading it.
import type { MessageRef } from '../../model/message-ref.ts';

export interface SlackMessageRef {
  channel: string;
  ts: string;
}

export const messageRef = (teamId: string, { channel, ts }: SlackMessageRef): MessageRef => ({ teamId, channel, ts });

/** Of a reference that this channel made. */
export function slackMessage(ref: MessageRef | null): SlackMessageRef | null {
  if (ref === null) return null;
  const { channel, ts } = ref as unknown as SlackMessageRef;
  return { channel, ts };
}
