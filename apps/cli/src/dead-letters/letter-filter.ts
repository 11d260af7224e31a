// Which letters a command is about, from its flags.
import { topics } from '@carillon/domain';
import type { DeadLetterFilter } from '@carillon/messaging';
import { UserError } from '../terminal.ts';
import { shortTopic, topicFrom } from './place.ts';

export interface FilterFlags {
  topic?: string;
  reason?: string;
  all?: boolean;
}

export const filterOf = ({ topic, reason, all }: FilterFlags): DeadLetterFilter => ({
  ...(topic === undefined ? {} : { topic: knownTopic(topic) }),
  ...(reason === undefined ? {} : { reason }),
  ...(all ? { retried: true } : {}),
});

function knownTopic(given: string): string {
  const name = topicFrom(given);
  const known: string[] = topics.filter(({ deadLetter }) => deadLetter).map((topic) => topic.name);
  if (!known.includes(name))
    throw new UserError(
      `--topic ${given}: no such topic with dead letters; there are ${known.map(shortTopic).join(', ')}`,
      2,
    );
  return name;
}
