// `carillon dead-letters list`: counts per topic and reason, then a page of letters, the newest last.
import type { DeadLetters, DeadLetterSummary } from '@carillon/messaging';
import { table, UserError, type Terminal } from '../terminal.ts';
import { filterOf, type FilterFlags } from './letter-filter.ts';
import { placeFrom, placeOf, shortTopic } from './place.ts';
import { printable } from '../printable.ts';
import { deadLetterJson } from './show-dead-letter.ts';
import { sizeColumn } from './sizes.ts';

export interface ListFlags extends FilterFlags {
  limit: string;
  before?: string;
  json?: boolean;
}

const mostLetters = 10_000;

/** Letters in memory at a time; each may have a megabyte. */
const atATime = 50;

export async function listDeadLetters(letters: DeadLetters, flags: ListFlags, { out, err }: Terminal): Promise<void> {
  const limit = /^\d{1,5}$/.test(flags.limit) ? Number(flags.limit) : 0;
  if (limit < 1 || limit > mostLetters) throw new UserError(`--limit must be a number from 1 to ${mostLetters}`, 2);
  const filter = filterOf(flags);
  const before = flags.before === undefined ? undefined : placeOf(placeFrom(flags.before));
  const found = await letters.list(filter);
  const older = before === undefined ? found : found.slice(0, await endOf(before, found, letters));
  const page = older.slice(-limit);
  if (flags.json) {
    for (let from = 0; from < page.length; from += atATime) {
      for (const letter of await letters.load(page.slice(from, from + atATime)))
        out(`${JSON.stringify(deadLetterJson(letter))}\n`);
    }
  } else if (found.length > 0) {
    out(table([['TOPIC', 'REASON', 'LETTERS'], ...countRows(found)]));
    out('\n');
    out(
      table([
        ['LETTER', 'AT', 'SOURCE', 'ID', 'REASON', 'SIZE', 'DETAIL'],
        ...page.map((letter) => [
          placeOf(letter),
          letter.at,
          shortened(letter.event.source ?? '-', longestIdentity),
          shortened(letter.event.id ?? '-', longestIdentity),
          letter.reason,
          sizeColumn(letter),
          lastColumn(letter),
        ]),
      ]),
    );
  }
  if (found.length === 0) err('no dead letters\n');
  else if (page.length === 0) err(`none are older than ${before}\n`);
  else if (page.length < older.length)
    err(`${page.length} of ${found.length}; older ones: --before ${placeOf(page[0]!)}\n`);
}

/** A letter that was sent again since its page was printed still marks where the next page begins. */
async function endOf(before: string, found: readonly DeadLetterSummary[], letters: DeadLetters): Promise<number> {
  const at = found.findIndex((letter) => placeOf(letter) === before);
  if (at >= 0) return at;
  const all = await letters.list({ retried: true });
  const end = all.findIndex((letter) => placeOf(letter) === before);
  if (end < 0) throw new UserError(`--before ${before}: there is no such dead letter`);
  const older = new Set(all.slice(0, end).map(placeOf));
  return found.filter((letter) => older.has(placeOf(letter))).length;
}

function countRows(letters: readonly DeadLetterSummary[]): string[][] {
  const counts = new Map<string, { row: [string, string]; count: number }>();
  for (const { topic, reason } of letters) {
    const entry = counts.get(`${topic} ${reason}`) ?? { row: [shortTopic(topic), reason], count: 0 };
    entry.count++;
    counts.set(`${topic} ${reason}`, entry);
  }
  return [...counts.values()].map(({ row, count }) => [...row, String(count)]);
}

function lastColumn({ detail, retriedAt }: DeadLetterSummary): string {
  const short = shortened(detail, longestDetail);
  return retriedAt === undefined ? short : `${short} (sent again ${retriedAt})`;
}

const longestIdentity = 40;
const longestDetail = 100;

function shortened(text: string, characters: number): string {
  const line = printable(text).replaceAll(/\s+/g, ' ');
  return line.length > characters ? `${line.slice(0, characters - 1)}…` : line;
}
