// What the message of a burst says: how many of a type there are beyond those that were sent one by one. It says
// nothing of their content, which the timeline of each has.
import type { Content } from '@carillon/domain';
import { readableType } from './readable-type.ts';

export const rolledUpContent = (
  { type, typeTitle }: { type: string; typeTitle: string | null },
  more: number,
): Content => ({ title: `${typeTitle ?? readableType(type)}: and ${more} more` });
