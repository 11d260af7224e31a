// Writes the dead letters of one chunk of records. Guarantees: resolves only when Kafka has acknowledged every letter;
// a letter that the broker finds too large is written again, smaller, down to a few kilobytes, so that no record's size
// can stop its partition. It rejects when Kafka accepts no letter (no such topic, no permission, no answer): the caller
// must not commit then.
import { MessagingError } from '../errors.ts';
import type { Publisher } from '../publishing/publisher.ts';
import { largestDeadLetterBytes } from '../publishing/record-limits.ts';
import { deadLetter } from './dead-letter.ts';
import type { Rejection } from '../records/rejection.ts';

/** Dead-letter topics that were not created by ensureTopics may accept smaller records. */
const budgets = [largestDeadLetterBytes, 900_000, 200_000, 30_000, 4_000] as const;

export async function sendDeadLetters(
  rejections: readonly Rejection[],
  publisher: Pick<Publisher, 'publishRecords'>,
  signal: AbortSignal,
): Promise<void> {
  const at = new Date();
  try {
    await publisher.publishRecords(
      rejections.map((rejection) => deadLetter(rejection, at)),
      { signal },
    );
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    // The first failure does not say which letter it was. Those that were written are written twice.
    for (const rejection of rejections) await sendSmaller(rejection, at, publisher, signal);
  }
}

async function sendSmaller(
  rejection: Rejection,
  at: Date,
  publisher: Pick<Publisher, 'publishRecords'>,
  signal: AbortSignal,
): Promise<void> {
  for (const budget of budgets) {
    try {
      return await publisher.publishRecords([deadLetter(rejection, at, budget)], { signal });
    } catch (error) {
      if (!isTooLarge(error) || budget === budgets.at(-1)) throw error;
    }
  }
}

const isTooLarge = (error: unknown): boolean => error instanceof MessagingError && error.code === 'record_too_large';
