// A notification as a plain e-mail: the same words as in Slack, readable in every mail program.
import type { Content } from '@carillon/domain';

export interface RenderedEmail {
  subject: string;
  text: string;
}

/** Markdown reads well as plain text, so the body stays as it was written. */
export function renderEmail(content: Content): RenderedEmail {
  const parts = [
    content.title,
    content.body,
    content.facts?.map((fact) => `${fact.label}: ${fact.value}`).join('\n'),
    content.link && (content.link.label === undefined ? content.link.url : `${content.link.label}: ${content.link.url}`),
  ];
  return { subject: singleLine(content.title), text: `${parts.filter(Boolean).join('\n\n')}\n` };
}

const singleLine = (text: string): string => text.replace(/\s+/g, ' ').trim();
