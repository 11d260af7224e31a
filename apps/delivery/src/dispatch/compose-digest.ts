// What a digest says: its members grouped by type, in the order they came, cut by rule. The same content serves Slack
// (blocks) and e-mail (Markdown).
import type { Content } from '@carillon/domain';
import { digestContent, type DigestItem } from '@carillon/content/digest';
import { renderDigest } from '@carillon/slack';

export interface DigestMember {
  type: string;
  typeTitle: string | null;
  content: Content;
}

/** `moreUrl`: where the whole can be read when it does not fit. */
export function composeDigest(members: readonly DigestMember[], moreUrl?: string): Content {
  const items = members.map(
    ({ type, typeTitle, content: { title, body, link } }): DigestItem => ({
      type,
      typeTitle: typeTitle ?? readable(type),
      title,
      ...(body !== undefined && { body }),
      ...(link && { link }),
    }),
  );
  const options = moreUrl === undefined ? {} : { moreUrl };
  const { title, body, link } = digestContent(items, options);
  return {
    title,
    ...(body !== undefined && { body }),
    ...(link && { link }),
    slack: { blocks: renderDigest(items, options).blocks },
  };
}

/** `report.import.finished` as a person would say it, where the record has no title of the type. */
function readable(type: string): string {
  const words = type.replace(/[._-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
