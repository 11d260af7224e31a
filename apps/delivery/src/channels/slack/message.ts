// The arguments of the Slack methods that post and change the message of a delivery. Guarantees: no part of the
// content is dropped silently; files that are not attached are named in the message, with their link where they have
// one.
import type { Content, ResolvedMention, SlackDestination } from '@carillon/domain';
import { emailRecipient, memberRecipient } from '@carillon/domain/ids';
import {
  messageBodyOf,
  fallbackText,
  renderMessage,
  renderPlainMessage,
  senderName,
  type RenderedMessage,
  type Shortened,
} from '@carillon/slack';
import { notAttachedLines, type NotAttached } from './files/not-attached.ts';
import type { ClaimedDelivery } from '../../model/claimed-delivery.ts';
import { bodies } from '../rendering/bodies.ts';
import { deliveryEvent } from './delivery-event.ts';

export interface MessageArguments {
  text: string;
  blocks: unknown[];
  username?: string;
  icon_url?: string;
  unfurl_links: boolean;
  unfurl_media: boolean;
  metadata: object;
}

export interface ComposedMessage {
  message: MessageArguments;
  /** What of the content did not fit. */
  shortened?: Shortened;
}

export interface MessageSettings {
  /** Whether the message may show a name and an icon of its own. */
  mayCustomize: boolean;
  notAttached: readonly NotAttached[];
  /** Shorter and plainer, after Slack refused the first rendering. */
  plain?: boolean;
  /** Slack takes fewer kinds of blocks beside files. */
  withFiles?: boolean;
}

export async function messageOf(
  delivery: ClaimedDelivery,
  { mayCustomize, notAttached, plain = false, withFiles = false }: MessageSettings,
): Promise<ComposedMessage> {
  const { content } = delivery;
  const { text, blocks, shortened }: Pick<RenderedMessage, 'text' | 'shortened'> & { blocks: unknown[] } = content.slack
    ? { text: fallbackText(content.title), blocks: content.slack.blocks }
    : await rendered(delivery, notAttached, { plain, withFiles });
  const username = mayCustomize && content.sender?.name !== undefined ? senderName(content.sender.name) : undefined;
  const message = {
    text,
    blocks,
    ...(username !== undefined && { username }),
    ...(mayCustomize && content.sender?.iconUrl !== undefined && { icon_url: content.sender.iconUrl }),
    unfurl_links: false,
    unfurl_media: false,
    metadata: {
      event_type: deliveryEvent,
      event_payload: {
        delivery_id: delivery.deliveryId,
        attempt: delivery.attempt,
        ...(delivery.replay > 0 && { replay: delivery.replay }),
      },
    },
  };
  return { message, ...(shortened && { shortened }) };
}

async function rendered(
  { content, destination, tenantId }: ClaimedDelivery,
  notAttached: readonly NotAttached[],
  { plain, withFiles }: { plain: boolean; withFiles: boolean },
): Promise<RenderedMessage> {
  const people = (destination as SlackDestination).mentions ?? [];
  const said = { ...drawn(content, notAttached), ...front(content, people) };
  const options = { mentionablePeople: people, withFiles };
  const body = await bodies.render('slack', tenantId, messageBodyOf(said, { mentionablePeople: people }));
  return plain ? renderPlainMessage(said, options, body) : renderMessage(said, options, body);
}

/** The mentioned members as users of this workspace; a member without a user is shown by name. */
function front({ mentions }: Content, people: readonly ResolvedMention[]): Pick<Drawn, 'mentions'> {
  if (!mentions) return {};
  return {
    mentions: mentions.map((mentioned) => {
      const [ref, name] =
        'member' in mentioned
          ? [memberRecipient(mentioned.member), mentioned.member]
          : [emailRecipient(mentioned.email), mentioned.email];
      return people.find((person) => person.ref === ref) ?? { ref, name };
    }),
  };
}

type Drawn = Parameters<typeof renderMessage>[0];

function drawn({ title, body, link, facts, actions }: Content, notAttached: readonly NotAttached[]): Drawn {
  const text = [body, notAttached.length > 0 ? notAttachedLines(notAttached) : undefined]
    .filter((part) => part !== undefined)
    .join('\n\n');
  // An object that zod parsed has no undefined values, so absent and undefined are the same here.
  return {
    title,
    ...(text !== '' && { body: text }),
    ...(link && { link }),
    ...(facts && { facts }),
    ...(actions && { actions }),
  };
}
