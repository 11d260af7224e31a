// Buttons, in rows. Guarantees: each has a unique id and a label that fits; a value or an address is never shortened.
import { isVisible } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import { isReservedId } from './inspect-structure.ts';
import { limits } from './limits.ts';
import type { MessageAction, MessageBlock } from './message-content.ts';
import { webAddress } from './mrkdwn-links.ts';
import { plainText } from './text-objects.ts';

const most = 50;
export const openLabel = 'Open';

/** @param ours buttons with ids that no producer's button can have */
export function actionBlocks(ours: readonly MessageAction[], actions: readonly MessageAction[]): MessageBlock[] {
  const taken = new Set<string>();
  const all = [...ours, ...actions.map((action) => ({ ...action, id: foreign(action.id) }))];
  const buttons = all.slice(0, most).map((action) => button(action, taken));
  const blocks: MessageBlock[] = [];
  for (let at = 0; at < buttons.length; at += limits.actionElements) {
    blocks.push({
      type: 'actions',
      block_id: `carillon:actions:${blocks.length}`,
      elements: buttons.slice(at, at + limits.actionElements),
    });
  }
  return blocks;
}

function button({ id, label, value, style, url }: MessageAction, taken: Set<string>): object {
  const address = url === undefined ? undefined : webAddress(url);
  return {
    type: 'button',
    action_id: unique(id.slice(0, limits.actionId - 4) || 'action', taken),
    text: plainText(plainLine([label, id, openLabel].find(isVisible) ?? openLabel), limits.buttonText),
    ...(value !== undefined && value !== '' && value.length <= limits.buttonValue ? { value } : {}),
    ...(address === undefined ? {} : { url: address }),
    ...(style === undefined ? {} : { style }),
  };
}

/** The producer's id, changed where it looks like one of ours. */
const foreign = (id: string): string => (isReservedId(id) ? `~${id}` : id);

function unique(id: string, taken: Set<string>): string {
  let name = id;
  for (let copy = 2; taken.has(name); copy += 1) name = `${id}~${copy}`;
  taken.add(name);
  return name;
}
