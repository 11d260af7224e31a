// What a digest says: its members grouped by type, in the order they came, cut by rule. The Markdown serves every
// channel; the digest's own channel adds what it shows instead.
import { digestContent, type DigestItem } from '@carillon/content/digest';
import type { Content } from '@carillon/domain';
import type { Channel, DigestOptions } from '../channels/channel.ts';
import type { DigestMember } from '../ledger/digests.ts';
import { readableType } from '../model/readable-type.ts';

export function composeDigest(
  members: readonly DigestMember[],
  channel: Pick<Channel, 'renderDigest'>,
  options: DigestOptions,
): Content {
  const items = members.map(
    ({ type, typeTitle, content: { title, body, link } }): DigestItem => ({
      type,
      typeTitle: typeTitle ?? readableType(type),
      title,
      ...(body !== undefined && { body }),
      ...(link && { link }),
    }),
  );
  const { title, body, link } = digestContent(items, options);
  return {
    title,
    ...(body !== undefined && { body }),
    ...(link && { link }),
    ...channel.renderDigest(items, options),
  };
}
