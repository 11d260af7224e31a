// Facts as fields, two in a row. Guarantees: together they take no more than the given number of characters. The
// longest values are shortened first; facts that still do not fit are left out from the end; what is missing is
// counted.
import { isVisible } from '@carillon/content';
import { plainLine } from '@carillon/domain';
import { limits } from './limits.ts';
import type { MessageBlock, MessageFact } from './message-content.ts';
import { shortened } from './mrkdwn-cuts.ts';
import { literal, unquoted } from './mrkdwn-escapes.ts';
import { literalWithLinks } from './mrkdwn-links.ts';
import { mrkdwn } from './text-objects.ts';

const most = 50;
const longestLabel = 300;
/** A value with fewer characters would say nothing. */
const least = 20;

export interface FactBlocks {
  blocks: MessageBlock[];
  /** The number of facts that are left out. */
  omitted: number;
  /** The number of values that are cut. */
  cut: number;
}

export function factBlocks(facts: readonly MessageFact[], room: number): FactBlocks {
  const known = facts.filter(({ label, value }) => isVisible(label) || isVisible(value));
  const shown = known.slice(0, Math.min(most, Math.floor(room / least)));
  const drawn = shown.map(({ label, value }) => ({
    label: isVisible(label) ? unquoted(literal(plainLine(label))) : '',
    value: isVisible(value) ? unquoted(literalWithLinks(value.trim())) : '–',
  }));
  const longest = Math.min(
    limits.fieldText,
    fairShare(
      drawn.map(({ label, value }) => label.length + value.length + 3),
      room,
    ),
  );
  let cut = 0;
  const fields = drawn.map(({ label, value }) => {
    const name = label === '' ? '' : `*${shortened(label, Math.min(longestLabel, Math.floor(longest / 2) - 3))}*\n`;
    if (value.length > longest - name.length) cut += 1;
    return mrkdwn(name + shortened(value, longest - name.length));
  });
  const blocks: MessageBlock[] = [];
  for (let at = 0; at < fields.length; at += limits.fieldsPerSection) {
    blocks.push({
      type: 'section',
      block_id: `carillon:facts:${blocks.length}`,
      fields: fields.slice(at, at + limits.fieldsPerSection),
    });
  }
  return { blocks, omitted: known.length - shown.length, cut };
}

/** The most characters of each text, so that all fit: what short texts do not use is for the long ones. */
function fairShare(lengths: readonly number[], room: number): number {
  let left = room;
  let waiting = lengths.length;
  for (const length of lengths.toSorted((a, b) => a - b)) {
    if (length * waiting > left) return Math.floor(left / waiting);
    left -= length;
    waiting -= 1;
  }
  return Number.POSITIVE_INFINITY;
}
