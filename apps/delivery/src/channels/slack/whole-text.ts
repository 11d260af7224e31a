// The whole text of a message whose body does not fit, as a file beside it: where files are granted, nothing is cut
// without the rest. An update cannot add a file; there the message only says how much is left out.
import type { FileOfContent } from '../../files/open-file.ts';
import { messageOf } from './message.ts';
import type { SlackAttempt } from './slack-attempt.ts';
import type { SlackParts } from './slack-parts.ts';

/** Shorter bodies fit, whatever the rendering makes of their characters. */
const fitsAlways = 1_500;

export async function wholeTextOf(
  { delivery, to: { installationId } }: Pick<SlackAttempt, 'delivery' | 'to'>,
  { installations }: Pick<SlackParts, 'installations'>,
): Promise<FileOfContent[]> {
  const { content } = delivery;
  const { body, files = [] } = content;
  if (content.slack || body === undefined || body.length <= fitsAlways) return [];
  if (!installations.can(installationId, 'attach_files')) return [];
  const settings = { mayCustomize: false, notAttached: [], withFiles: files.length > 0 };
  const { shortened } = await messageOf(delivery, settings);
  if (!shortened?.bodyCharacters) return [];
  return [
    {
      name: 'whole-text.md',
      title: 'The whole text',
      contentType: 'text/markdown',
      base64: Buffer.from(body).toString('base64'),
    },
  ];
}
