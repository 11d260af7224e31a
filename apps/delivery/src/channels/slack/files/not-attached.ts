// The files that a message is posted without. The message names each of them: with its link where it has one, otherwise
// with the reason.
import type { FileOfContent } from '../../../files/open-file.ts';

export interface NotAttached {
  name: string;
  title?: string;
  url?: string;
  /** A sentence for the recipient. */
  why: string;
}

export function notAttached({ name, title, url }: FileOfContent, why: string): NotAttached {
  return { name, ...(title !== undefined && { title }), ...(url !== undefined && { url }), why };
}

/** All files, where Slack did not grant `files:write`. */
export function filesNotGranted(files: readonly FileOfContent[]): NotAttached[] {
  return files.map((file) => notAttached(file, 'Slack was connected without permission to attach files.'));
}

/** The lines of the message that name them, as Markdown. */
export function notAttachedLines(files: readonly NotAttached[]): string {
  return files
    .map(({ name, title, url, why }) => {
      const label = literal(title || name);
      return url === undefined ? `- ${label} (not attached: ${literal(why)})` : `- [${label}](<${new URL(url).href}>)`;
    })
    .join('\n');
}

/** A file name is no Markdown, so its special characters are escaped. */
function literal(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~&]/g, '\\$&');
}
