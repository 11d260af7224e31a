// What a digest and each of its items are called, as plain text on one line.
import { plainLine } from '@carillon/domain';
import { clean, isVisible } from '../characters.ts';
import { shortenedPlain } from '../cuts.ts';
import type { DigestItem } from './plan-digest.ts';

export const longestTitle = 150;
const untitled = 'Notification';

/** @param title of the whole; else the number of notifications */
export function digestTitle(items: readonly DigestItem[], title: string | undefined): string {
  if (title !== undefined && isVisible(title)) return shortenedPlain(plainLine(clean(title)), longestTitle);
  return items.length === 0
    ? 'No notifications'
    : items.length === 1
      ? '1 notification'
      : `${items.length} notifications`;
}

export function itemName({ title, link }: DigestItem): string {
  return plainLine(clean([title, link?.label].find((text) => text !== undefined && isVisible(text)) ?? untitled));
}
