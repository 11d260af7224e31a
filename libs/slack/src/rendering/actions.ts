// Buttons, in rows. Promise: each has an id of its own, words that fit, and never a value or an address that was cut.
import { isVisible, oneLine } from './characters.ts';
import type { MessageAction, MessageBlock } from './content.ts';
import { limits } from './limits.ts';
import { webAddress } from './links.ts';
import { plainText } from './text-objects.ts';

const most = 50;
export const openLabel = 'Open';

export function actionBlocks(actions: readonly MessageAction[]): MessageBlock[] {
  const taken = new Set<string>();
  const buttons = actions.slice(0, most).map((action) => button(action, taken));
  const blocks: MessageBlock[] = [];
  for (let at = 0; at < buttons.length; at += limits.actionElements) {
    blocks.push({ type: 'actions', block_id: `carillon:actions:${blocks.length}`, elements: buttons.slice(at, at + limits.actionElements) });
  }
  return blocks;
}

function button({ id, label, value, style, url }: MessageAction, taken: Set<string>): object {
  const address = url === undefined ? undefined : webAddress(url);
  return {
    type: 'button',
    action_id: unique(id.slice(0, limits.actionId - 4) || 'action', taken),
    text: plainText(oneLine([label, id, openLabel].find(isVisible) ?? openLabel), limits.buttonText),
    ...(value !== undefined && value !== '' && value.length <= limits.buttonValue ? { value } : {}),
    ...(address === undefined ? {} : { url: address }),
    ...(style === undefined ? {} : { style }),
  };
}

function unique(id: string, taken: Set<string>): string {
  let name = id;
  for (let copy = 2; taken.has(name); copy += 1) name = `${id}~${copy}`;
  taken.add(name);
  return name;
}
