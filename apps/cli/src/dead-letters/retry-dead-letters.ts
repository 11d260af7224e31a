// `carillon dead-letters retry`: the letters named, or all of a topic that wait, oldest first, some at a time.
import type { DeadLetters, DeadLetterSummary } from '@carillon/messaging';
import { UserError, type Terminal } from '../terminal.ts';
import { filterOf, type FilterFlags } from './letter-filter.ts';
import { placeFrom, placeOf } from './place.ts';

export interface RetryFlags extends FilterFlags {
  json?: boolean;
}

/** Held in memory at a time; each may be a megabyte. */
const atATime = 50;

export async function retryDeadLetters(
  letters: DeadLetters,
  places: string[],
  flags: RetryFlags,
  { out, err }: Terminal,
): Promise<void> {
  if (places.length > 0 === (flags.topic !== undefined))
    throw new UserError('which ones? Name letters, or all of a --topic', 2);
  if (places.length > 0 && flags.reason !== undefined)
    throw new UserError('--reason goes with --topic; letters that are named need none', 2);
  const chosen = places.length > 0 ? await named(letters, places) : await letters.list(filterOf(flags));
  if (chosen.length === 0) return void err('nothing waits\n');
  let refused = 0;
  for (let from = 0; from < chosen.length; from += atATime) {
    for (const result of await letters.retry(await letters.load(chosen.slice(from, from + atATime)))) {
      const place = placeOf(result.letter);
      const reason = result.sent ? undefined : result.reason;
      if (reason !== undefined) refused++;
      if (flags.json) out(`${JSON.stringify({ place, sent: result.sent, reason })}\n`);
      else if (reason === undefined) out(`${place}\n`);
      else err(`carillon: ${place} was not sent: ${reason}\n`);
    }
  }
  err(`sent ${chosen.length - refused} again\n`);
  if (refused > 0) throw new UserError(`${refused} of ${chosen.length} could not be sent`);
}

async function named(letters: DeadLetters, places: string[]): Promise<DeadLetterSummary[]> {
  const wanted = places.map(placeFrom);
  const topics = [...new Set(wanted.map(({ topic }) => topic))];
  const found = (await Promise.all(topics.map((topic) => letters.list({ topic, retried: true })))).flat();
  return wanted.map((place) => {
    const letter = found.find((one) => placeOf(one) === placeOf(place));
    if (!letter) throw new UserError(`there is no dead letter ${placeOf(place)}`);
    return letter;
  });
}
