// The arguments of `chat.postMessage` for a delivery. Promise: nothing of the content is dropped silently; files, which are
// not uploaded yet, are named in the message, with their link where they have one.
import type { Content } from '@carillon/domain';
import { renderMessage } from '@carillon/slack';
import type { Claimed } from '../../ledger/claims.ts';
import { deliveryEvent } from './delivery-event.ts';

export function messageOf(delivery: Claimed, channel: string, mayCustomize: boolean): object {
  const { content } = delivery;
  return {
    channel,
    ...(content.slack ? { text: content.title, blocks: content.slack.blocks } : renderMessage(drawn(content))),
    ...(mayCustomize && content.sender?.name !== undefined && { username: content.sender.name }),
    ...(mayCustomize && content.sender?.iconUrl !== undefined && { icon_url: content.sender.iconUrl }),
    unfurl_links: false,
    unfurl_media: false,
    metadata: { event_type: deliveryEvent, event_payload: { delivery_id: delivery.deliveryId, attempt: delivery.attempt } },
  };
}

type Drawn = Parameters<typeof renderMessage>[0];

function drawn({ title, body, link, facts, actions, files }: Content): Drawn {
  const named = (files ?? []).map(({ name, title: label = name, url }) => (url === undefined ? `- ${label} (not attached)` : `- [${label}](${url})`));
  const text = [body, named.length > 0 ? named.join('\n') : undefined].filter((part) => part !== undefined).join('\n\n');
  // Absent and undefined are the same here; what zod made has no undefined values in it.
  return { title, ...(text !== '' && { body: text }), ...(link && { link }), ...(facts && { facts }), ...(actions && { actions }) };
}
