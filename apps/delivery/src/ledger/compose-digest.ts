// What a digest says: its members grouped by type, in the order they came, cut by rule. The same content serves Slack
// (blocks) and e-mail (Markdown).
import type { Content } from '@carillon/domain';

export interface DigestMember {
  type: string;
  content: Content;
  receivedAt: Date;
}

export function composeDigest(members: readonly DigestMember[]): Content {
  const title = members.length === 1 ? '1 notification' : `${members.length} notifications`;
  return { title, body: members.map(({ content }) => `- ${content.title}`).join('\n') };
}
